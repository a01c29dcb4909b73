package corolla.base.multiformat;

import corolla.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Unsigned varints of multiformats: 7 bits a byte, low bits first, at most nine bytes, in the shortest form only. */
public final class Varint {
    /** Nine bytes hold 63 bits, so that a value is never negative. */
    public static final int BYTES_MAX = 9;

    private Varint() {}

    /** The bytes of {@code value}, which is at least 0. */
    public static byte[] encode(long value) {
        byte[] bytes = new byte[size(value)];
        long rest = value;
        for (int i = 0; i < bytes.length - 1; i++) {
            bytes[i] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[bytes.length - 1] = (byte) rest;
        return bytes;
    }

    /** Appends the bytes of {@code value}, which is at least 0. */
    public static void write(long value, ByteArrayOutputStream out) {
        out.writeBytes(encode(value));
    }

    /** Puts the bytes of {@code value}, which is at least 0. */
    static void write(long value, ByteBuffer out) {
        long rest = value;
        for (int left = size(value); left > 1; left--) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /** How many bytes {@code value} takes. */
    public static int size(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("varint " + value + " is negative");
        }
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(value) + 6) / 7);
    }

    /**
     * Reads a varint and moves {@code in} behind it.
     *
     * @throws ProtocolException when the bytes end early, or the number is too long or not in its shortest form
     */
    public static long read(ByteBuffer in) throws ProtocolException {
        long value = 0;
        for (int i = 0; i < BYTES_MAX; i++) {
            if (!in.hasRemaining()) {
                throw new ProtocolException("varint ends after " + i + " bytes");
            }
            byte next = in.get();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                if (next == 0 && i > 0) {
                    throw new ProtocolException("varint of " + (i + 1) + " bytes is not in its shortest form");
                }
                return value;
            }
        }
        throw new ProtocolException("varint is longer than " + BYTES_MAX + " bytes");
    }
}
