package corolla.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages bytes as a hostile or broken peer might, from a seed. */
public final class Damage {
    private static final byte[] EXTREMES = {0, 1, -1, 127, -128};

    private final SplittableRandom random;

    public Damage(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** How many damaged messages a test makes: {@code -Dcorolla.fuzz.count} or some thousand. */
    public static int count() {
        return Integer.getInteger("corolla.fuzz.count", 3000);
    }

    /** One of {@code originals}, with one to four places damaged. */
    public byte[] next(byte[]... originals) {
        byte[] bytes = originals[random.nextInt(originals.length)].clone();
        for (int i = random.nextInt(4); i >= 0 && bytes.length > 0; i--) {
            bytes = damaged(bytes, random.nextInt(bytes.length));
        }
        return bytes;
    }

    private byte[] damaged(byte[] bytes, int at) {
        return switch (random.nextInt(5)) {
            case 0 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                yield bytes;
            }
            case 1 -> {
                bytes[at] = EXTREMES[random.nextInt(EXTREMES.length)];
                yield bytes;
            }
            case 2 -> Arrays.copyOf(bytes, at);
            case 3 -> without(bytes, at, random.nextInt(1, 9));
            default -> repeated(bytes, at, random.nextInt(1, 9));
        };
    }

    private static byte[] without(byte[] bytes, int at, int count) {
        int to = Math.min(bytes.length, at + count);
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (to - at));
        System.arraycopy(bytes, to, shorter, at, bytes.length - to);
        return shorter;
    }

    private static byte[] repeated(byte[] bytes, int at, int count) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
        System.arraycopy(bytes, at, longer, Math.min(longer.length, at + count), bytes.length - at);
        return longer;
    }
}
