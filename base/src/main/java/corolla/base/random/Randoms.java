package corolla.base.random;

import java.util.random.RandomGenerator;

/** The only door to randomness. Thread-safe; the generators that it gives out are confined to one thread. */
public interface Randoms {

    /** A generator of its own for each name; seeded in simulation. Not for keys. */
    RandomGenerator stream(String name);

    /** Fills {@code into} with bytes fit for keys, nonces and ids that others must not guess. */
    void secret(byte[] into);
}
