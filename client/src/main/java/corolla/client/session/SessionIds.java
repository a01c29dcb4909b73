package corolla.client.session;

import corolla.base.random.Randoms;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Names of sessions and steps, as stock clients make them: random UUIDs. Confined. */
final class SessionIds {
    private final RandomGenerator random;

    SessionIds(Randoms randoms) {
        byte[] seed = new byte[Long.BYTES];
        randoms.secret(seed); // sessions of different clients on one server must not meet
        this.random = new SplittableRandom(ByteBuffer.wrap(seed).getLong());
    }

    String next() {
        long high = (random.nextLong() & ~0xF000L) | 0x4000L; // version 4
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L; // variant 1
        return new UUID(high, low).toString();
    }
}
