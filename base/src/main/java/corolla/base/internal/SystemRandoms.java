package corolla.base.internal;

import corolla.base.random.Randoms;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Randomness of the operating system. Thread-safe. */
public final class SystemRandoms implements Randoms {
    private final SecureRandom secure = new SecureRandom();

    @Override
    public RandomGenerator stream(String name) {
        return new SplittableRandom(secure.nextLong());
    }

    @Override
    public void secret(byte[] into) {
        secure.nextBytes(into);
    }
}
