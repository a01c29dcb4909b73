package corolla.p2p.kad;

import corolla.p2p.PeerId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A point of the key space: the SHA-256 of a peer id or of any other key. Immutable. */
final class KadKey {
    static final int BITS = 256;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] hash;
    private final long high; // the first eight bytes, which decide nearly every comparison

    private KadKey(byte[] hash) {
        this.hash = hash;
        this.high = (long) LONGS.get(hash, 0);
    }

    static KadKey of(PeerId peer) {
        return of(peer.bytes());
    }

    static KadKey of(byte[] key) {
        try {
            return new KadKey(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether {@code a} (negative) or {@code b} (positive) is nearer to this key, by XOR as an unsigned number. */
    int compareDistance(KadKey a, KadKey b) {
        if (a.high != b.high) {
            return Long.compareUnsigned(a.high ^ high, b.high ^ high);
        }
        int i = Arrays.mismatch(a.hash, b.hash);
        return i < 0 ? 0 : Integer.compare((a.hash[i] ^ hash[i]) & 0xff, (b.hash[i] ^ hash[i]) & 0xff);
    }

    /** How many leading bits both have in common. */
    int commonBits(KadKey other) {
        if (high != other.high) {
            return Long.numberOfLeadingZeros(high ^ other.high);
        }
        int i = Arrays.mismatch(hash, other.hash);
        return i < 0 ? BITS : i * Byte.SIZE + Integer.numberOfLeadingZeros((hash[i] ^ other.hash[i]) & 0xff) - 24;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KadKey that && Arrays.equals(hash, that.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash);
    }
}
