package corolla.dht.kbucket;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A point of the DHT's key space: 160 bits, of a node or of a key. Immutable; ordered as an unsigned number. */
public final class DhtId implements Comparable<DhtId> {
    /** Size on the wire. */
    public static final int BYTES = 20;

    /** Size in bits. */
    public static final int BITS = BYTES * Byte.SIZE;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final long high; // the first eight bytes, which decide nearly every comparison

    private DhtId(byte[] bytes) {
        this.bytes = bytes;
        this.high = (long) LONGS.get(bytes, 0);
    }

    /** The id of a key: SHA-1 of its bytes if it is a byte string, of its MessagePack form otherwise. */
    public static DhtId ofKey(Pack key) {
        return new DhtId(sha1(key instanceof Pack.Bytes raw ? raw.value() : key.encode()));
    }

    /** An id for a node. */
    public static DhtId random(RandomGenerator random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new DhtId(bytes);
    }

    /**
     * An id as a peer sent it.
     *
     * @throws ProtocolException when it does not have 20 bytes
     */
    public static DhtId decode(byte[] bytes) throws ProtocolException {
        if (bytes.length != BYTES) {
            throw new ProtocolException("a DHT id has " + bytes.length + " bytes instead of " + BYTES);
        }
        return new DhtId(bytes.clone());
    }

    /** A copy of the 20 bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Whether {@code a} (negative) or {@code b} (positive) is nearer to this id, by XOR as an unsigned number. */
    public int compareDistance(DhtId a, DhtId b) {
        if (a.high != b.high) {
            return Long.compareUnsigned(a.high ^ high, b.high ^ high);
        }
        int i = Arrays.mismatch(a.bytes, b.bytes);
        return i < 0 ? 0 : Integer.compare((a.bytes[i] ^ bytes[i]) & 0xff, (b.bytes[i] ^ bytes[i]) & 0xff);
    }

    /** Bit {@code index} from the most significant one. */
    boolean bit(int index) {
        return (bytes[index >> 3] & (0x80 >> (index & 7))) != 0;
    }

    /** The id that differs in bit {@code index} alone. */
    DhtId withFlippedBit(int index) {
        byte[] flipped = bytes.clone();
        flipped[index >> 3] ^= (byte) (0x80 >> (index & 7));
        return new DhtId(flipped);
    }

    /** How many leading bits both have in common. */
    int commonBits(DhtId other) {
        if (high != other.high) {
            return Long.numberOfLeadingZeros(high ^ other.high);
        }
        int i = Arrays.mismatch(bytes, other.bytes);
        return i < 0 ? BITS : i * Byte.SIZE + Integer.numberOfLeadingZeros((bytes[i] ^ other.bytes[i]) & 0xff) - 24;
    }

    private static byte[] sha1(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    @Override
    public int compareTo(DhtId other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DhtId that && high == that.high && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
