package corolla.dht.kbucket;

import corolla.base.ProtocolException;
import corolla.base.XorPoint;
import corolla.base.msgpack.Pack;
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

    private final byte[] bytes;
    private final XorPoint point;

    private DhtId(byte[] bytes) {
        this.bytes = bytes;
        this.point = new XorPoint(bytes);
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
        return point.compareDistance(a.point, b.point);
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
        return point.commonBits(other.point);
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
        return other instanceof DhtId that && point.equals(that.point);
    }

    @Override
    public int hashCode() {
        return point.hashCode();
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
