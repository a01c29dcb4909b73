package corolla.p2p.noise;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts a byte stream into Noise's frames: a length of 16 bits, then the message. Reads ahead, so that small frames cost less than
 * a socket call each; the buffer grows with what arrives, until it is given back. Confined to the connection's reader.
 */
final class FrameReader {
    static final int MESSAGE_BYTES_MAX = 65_535;
    static final int HEADER_BYTES = 2;

    /** Longest handshake message believed: two RSA 8192 keys' worth of payload. */
    private static final int HANDSHAKE_BYTES_MAX = 8192;

    /** Enough for a sign of life, which is all that comes on most connections most of the time. */
    private static final int BUFFER_BYTES_IDLE = 64;

    private static final int BUFFER_BYTES_MIN = 2048;
    private static final int BUFFER_BYTES_MAX = 2 * (HEADER_BYTES + MESSAGE_BYTES_MAX);

    private final ByteStream stream;
    private byte[] buffer;
    private int start;
    private int end;

    FrameReader(ByteStream stream, byte[] received) {
        this.stream = stream;
        this.buffer = Arrays.copyOf(received, Math.max(BUFFER_BYTES_MIN, received.length));
        this.end = received.length;
    }

    static byte[] frame(byte[] message) {
        if (message.length > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException("noise message of " + message.length + " bytes exceeds 65535");
        }
        byte[] frame = new byte[HEADER_BYTES + message.length];
        putLength(frame, message.length);
        System.arraycopy(message, 0, frame, HEADER_BYTES, message.length);
        return frame;
    }

    static void putLength(byte[] frame, int length) {
        frame[0] = (byte) (length >>> 8);
        frame[1] = (byte) length;
    }

    byte[] readHandshake(Deadline deadline) throws IOException, InterruptedException {
        int length = next(deadline);
        if (length < 0) {
            throw new EOFException(stream.remote() + " closed the connection within the noise handshake");
        }
        if (length > HANDSHAKE_BYTES_MAX) {
            throw new ProtocolException(
                    "noise handshake message of " + length + " bytes exceeds " + HANDSHAKE_BYTES_MAX);
        }
        byte[] message = Arrays.copyOfRange(buffer, start, start + length);
        consume(length);
        return message;
    }

    /**
     * Waits until a whole message is in {@link #buffer} at {@link #start}.
     *
     * @return its length; -1 when the remote has closed between two messages
     */
    int next(Deadline deadline) throws IOException, InterruptedException {
        if (!fill(HEADER_BYTES, deadline)) {
            return -1;
        }
        int length = (buffer[start] & 255) << 8 | (buffer[start + 1] & 255);
        if (!fill(HEADER_BYTES + length, deadline)) {
            throw new EOFException("connection was closed within a noise message");
        }
        start += HEADER_BYTES;
        return length;
    }

    byte[] buffer() {
        return buffer;
    }

    int start() {
        return start;
    }

    void consume(int length) {
        start += length;
    }

    int bufferBytes() {
        return buffer.length;
    }

    /** Makes do with as little as possible while nothing comes, unless something has begun to come. */
    void giveBufferBack() {
        if (start == end && buffer.length > BUFFER_BYTES_IDLE) {
            buffer = new byte[BUFFER_BYTES_IDLE];
            start = 0;
            end = 0;
        }
    }

    /** Reads until {@code count} bytes are there. @return false at a clean end */
    private boolean fill(int count, Deadline deadline) throws IOException, InterruptedException {
        while (end - start < count) {
            makeRoom(count);
            int got = stream.read(buffer, end, buffer.length - end, deadline);
            if (got < 0) {
                if (end == start) {
                    return false;
                }
                throw new EOFException("connection was closed within a noise message");
            }
            end += got;
        }
        return true;
    }

    private void makeRoom(int count) {
        if (start == end) {
            start = 0;
            end = 0;
        }
        // Grow when one message does not fit, or when the last read filled the buffer: then much is on its way.
        boolean full = end == buffer.length;
        int wanted = Math.max(count, full ? Math.min(2 * buffer.length, BUFFER_BYTES_MAX) : buffer.length);
        if (wanted > buffer.length) {
            int bytes = Math.max(BUFFER_BYTES_MIN, Math.max(wanted, 2 * buffer.length));
            byte[] larger = new byte[Math.min(bytes, BUFFER_BYTES_MAX)];
            System.arraycopy(buffer, start, larger, 0, end - start);
            replace(larger);
        } else if (start + count > buffer.length || full) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            replace(buffer);
        }
    }

    private void replace(byte[] with) {
        buffer = with;
        end -= start;
        start = 0;
    }
}
