package corolla.p2p.internal;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Varint;
import corolla.base.time.Deadline;
import corolla.p2p.Duplex;
import java.io.IOException;

/**
 * Reads delimited messages and not a byte more: for exchanges after which the stream belongs to somebody else, or which are too
 * small for a {@link MessageReader}'s buffer.
 */
public final class Delimited {
    private Delimited() {}

    /**
     * Reads a length of at most {@link Varint#BYTES_MAX} bytes.
     *
     * @param what whose message it is, for errors: "identify"
     * @return -1 when the stream ends before its first byte
     */
    public static long readLength(Duplex in, String what, Deadline deadline) throws IOException, InterruptedException {
        byte[] one = new byte[1];
        long length = 0;
        for (int i = 0; i < Varint.BYTES_MAX; i++) {
            if (in.read(one, 0, 1, deadline) < 0) {
                if (i == 0) {
                    return -1;
                }
                throw new ProtocolException(what + " ends within a length");
            }
            length |= (one[0] & 0x7fL) << (7 * i);
            if (one[0] >= 0) {
                return length;
            }
        }
        throw new ProtocolException(what + " message has a length of more than " + Varint.BYTES_MAX + " bytes");
    }

    /** Reads exactly {@code length} bytes. */
    public static byte[] readFully(Duplex in, int length, String what, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] bytes = new byte[length];
        for (int count = 0; count < length; ) {
            int got = in.read(bytes, count, length - count, deadline);
            if (got < 0) {
                throw new ProtocolException(what + " message ends after " + count + " of " + length + " bytes");
            }
            count += got;
        }
        return bytes;
    }

    /** Reads one message of at most {@code bytesMax} bytes; a stream that ends instead is an error. */
    public static byte[] read(Duplex in, int bytesMax, String what, Deadline deadline)
            throws IOException, InterruptedException {
        long length = readLength(in, what, deadline);
        if (length < 0) {
            throw new ProtocolException(what + " ends before its message");
        }
        if (length > bytesMax) {
            throw new ProtocolException(what + " message of " + length + " bytes exceeds " + bytesMax);
        }
        return readFully(in, (int) length, what, deadline);
    }
}
