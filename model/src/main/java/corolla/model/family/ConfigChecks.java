package corolla.model.family;

/** Checks that the configuration records share. */
final class ConfigChecks {

    /** No size of any published model comes near; keeps products of sizes far from overflow. */
    private static final int SIZE_MAX = 1 << 26;

    private ConfigChecks() {}

    static void positive(String what, int value) {
        if (value <= 0 || value > SIZE_MAX) {
            throw new IllegalArgumentException(what + " is " + value + ", not between 1 and " + SIZE_MAX);
        }
    }
}
