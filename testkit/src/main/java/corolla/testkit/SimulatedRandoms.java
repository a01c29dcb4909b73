package corolla.testkit;

import corolla.base.random.Randoms;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Streams that depend on the seed, the node and the name only; secrets are one of them, so that keys and nonces replay. */
final class SimulatedRandoms implements Randoms {
    private final long seed;
    private final String owner;
    private final Map<String, Integer> opened = new HashMap<>(); // looked up only
    private final RandomGenerator secrets;

    SimulatedRandoms(long seed, String owner) {
        this.seed = seed;
        this.owner = owner;
        this.secrets = stream("secrets of the node");
    }

    @Override
    public RandomGenerator stream(String name) {
        int count = opened.merge(name, 1, Integer::sum);
        long mixed = mix(mix(mix(seed, owner.hashCode()), name.hashCode()), count);
        return new SplittableRandom(mixed);
    }

    @Override
    public void secret(byte[] into) {
        secrets.nextBytes(into);
    }

    private static long mix(long a, long b) {
        long mixed = (a ^ b) * 0x9E37_79B9_7F4A_7C15L;
        return mixed ^ (mixed >>> 29);
    }
}
