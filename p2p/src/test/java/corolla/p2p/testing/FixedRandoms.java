package corolla.p2p.testing;

import corolla.base.random.Randoms;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Secrets that a test has chosen, in order, and then ones from a seed. */
public final class FixedRandoms implements Randoms {
    private final ArrayDeque<byte[]> secrets;
    private final SplittableRandom random;

    private FixedRandoms(List<byte[]> secrets, long seed) {
        this.secrets = new ArrayDeque<>(secrets);
        this.random = new SplittableRandom(seed);
    }

    public static FixedRandoms of(byte[]... secrets) {
        return new FixedRandoms(List.of(secrets), 1);
    }

    public static FixedRandoms seeded(long seed) {
        return new FixedRandoms(List.of(), seed);
    }

    @Override
    public RandomGenerator stream(String name) {
        return new SplittableRandom(name.hashCode());
    }

    @Override
    public synchronized void secret(byte[] into) {
        byte[] next = secrets.poll();
        if (next == null) {
            random.nextBytes(into);
        } else {
            System.arraycopy(next, 0, into, 0, into.length);
        }
    }
}
