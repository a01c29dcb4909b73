package corolla.model.family;

/** Checks that the configuration records share. */
final class ConfigChecks {

    /** No size of any published model comes near; keeps products of sizes far from overflow. */
    private static final int SIZE_MAX = 1 << 26;

    /** The largest published models have some hundred. */
    private static final int BLOCKS_MAX = 4096;

    private ConfigChecks() {}

    /** How many blocks a model may have; to be asked before anything is made for each. */
    static void blockCount(int blocks) {
        if (blocks <= 0 || blocks > BLOCKS_MAX) {
            throw new IllegalArgumentException("block count is " + blocks + ", not between 1 and " + BLOCKS_MAX);
        }
    }

    static void positive(String what, int value) {
        if (value <= 0 || value > SIZE_MAX) {
            throw new IllegalArgumentException(what + " is " + value + ", not between 1 and " + SIZE_MAX);
        }
    }
}
