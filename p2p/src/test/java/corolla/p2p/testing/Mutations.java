package corolla.p2p.testing;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages bytes in the ways that protocols meet: flipped, cut, repeated, grown, replaced by extremes. From a seed. */
public final class Mutations {
    private static final byte[] EXTREMES = {0, 1, -1, 127, -128, 2, 4, 8, 12, 64};

    private final SplittableRandom random;

    public Mutations(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** How many mutated frames a fuzz test makes: a few thousand, or what {@code -Dcorolla.fuzz.count} says. */
    public static int count() {
        return Integer.getInteger("corolla.fuzz.count", 3000);
    }

    public SplittableRandom random() {
        return random;
    }

    /** A damaged copy, of at least one byte. */
    public byte[] mutate(byte[] original) {
        byte[] bytes = original.length == 0 ? new byte[1] : original.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            bytes = mutateOnce(bytes);
        }
        return bytes;
    }

    private byte[] mutateOnce(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(7)) {
            case 0 -> with(bytes, at, bytes[at] ^ (1 << random.nextInt(8)));
            case 1 -> with(bytes, at, EXTREMES[random.nextInt(EXTREMES.length)]);
            case 2 -> Arrays.copyOf(bytes, Math.max(1, at));
            case 3 -> splice(bytes, at, random.nextInt(1, 17));
            case 4 -> join(bytes, Arrays.copyOfRange(bytes, at, bytes.length));
            case 5 -> fill(bytes, at, random.nextInt(1, 9));
            default -> noise(random.nextInt(1, 65));
        };
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        return bytes;
    }

    private byte[] splice(byte[] bytes, int at, int count) {
        byte[] longer = new byte[bytes.length + count];
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(noise(count), 0, longer, at, count);
        System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
        return longer;
    }

    private byte[] fill(byte[] bytes, int at, int count) {
        Arrays.fill(bytes, at, Math.min(bytes.length, at + count), EXTREMES[random.nextInt(EXTREMES.length)]);
        return bytes;
    }

    private byte[] noise(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    public static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
