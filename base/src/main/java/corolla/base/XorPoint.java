package corolla.base;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A point of a key space in which the distance of two points is their XOR as an unsigned number, the first byte the highest
 * (Maymounkov and Mazières, "Kademlia", section 2.1). Points that meet have the same size. Immutable.
 */
public final class XorPoint {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final long high; // the first eight bytes, which decide nearly every comparison

    /** @param bytes eight or more; kept, not copied: they must not change */
    public XorPoint(byte[] bytes) {
        this.bytes = bytes;
        this.high = (long) LONGS.get(bytes, 0);
    }

    /** Whether {@code a} (negative) or {@code b} (positive) is nearer to this point. */
    public int compareDistance(XorPoint a, XorPoint b) {
        if (a.high != b.high) {
            return Long.compareUnsigned(a.high ^ high, b.high ^ high);
        }
        int i = Arrays.mismatch(a.bytes, b.bytes);
        return i < 0 ? 0 : Integer.compare((a.bytes[i] ^ bytes[i]) & 0xff, (b.bytes[i] ^ bytes[i]) & 0xff);
    }

    /** How many leading bits both have in common; all of them when they are equal. */
    public int commonBits(XorPoint other) {
        if (high != other.high) {
            return Long.numberOfLeadingZeros(high ^ other.high);
        }
        int i = Arrays.mismatch(bytes, other.bytes);
        return i < 0
                ? bytes.length * Byte.SIZE
                : i * Byte.SIZE + Integer.numberOfLeadingZeros((bytes[i] ^ other.bytes[i]) & 0xff) - 24;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof XorPoint that && high == that.high && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
