package corolla.dht.testing;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages bytes from a seed: flips, cuts, repeats, inserts noise, writes extremes. */
public final class Damage {
    private static final byte[] EXTREMES = {0, 1, -1, 127, -128, (byte) 0xc7, (byte) 0xdd, (byte) 0xdf};

    private final SplittableRandom random;

    public Damage(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** How many damaged messages a test makes: a few thousand, or what {@code -Dcorolla.fuzz.count} says. */
    public static int count() {
        return Integer.getInteger("corolla.fuzz.count", 3000);
    }

    public byte[] damage(byte[] original) {
        byte[] bytes = original.length == 0 ? new byte[1] : original.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            bytes = once(bytes);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(5)) {
            case 0 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                yield bytes;
            }
            case 1 -> {
                bytes[at] = EXTREMES[random.nextInt(EXTREMES.length)];
                yield bytes;
            }
            case 2 -> Arrays.copyOf(bytes, Math.max(1, at));
            case 3 -> joined(bytes, Arrays.copyOfRange(bytes, at, bytes.length));
            default -> {
                byte[] noise = new byte[1 + random.nextInt(40)];
                random.nextBytes(noise);
                yield joined(Arrays.copyOf(bytes, at), noise);
            }
        };
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
