package corolla.p2p.noise;

import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.p2p.Duplex;
import corolla.p2p.PeerId;
import corolla.p2p.identity.PublicKey;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The encrypted connection after the handshake. One reader thread and one writer thread at a time; {@link #close} from any.
 * Owns its byte stream. Buffers grow with the messages, and can be given back, so that an idle connection costs little.
 */
public final class SecureChannel implements Duplex, AutoCloseable {
    /** Largest plaintext that fits one message. */
    public static final int PLAIN_BYTES_MAX = FrameReader.MESSAGE_BYTES_MAX - NoiseCipher.TAG_BYTES;

    private static final byte[] NOTHING = {};

    private final ByteStream stream;
    private final FrameReader frames;
    private final NoiseCipher sealer;
    private final NoiseCipher opener;
    private final PublicKey remoteKey;
    private final Optional<String> earlyMuxer;
    private byte[] plain = NOTHING;
    private int plainStart;
    private int plainEnd;
    private byte[] sealed = NOTHING;

    SecureChannel(
            ByteStream stream,
            FrameReader frames,
            byte[] sendKey,
            byte[] receiveKey,
            PublicKey remoteKey,
            Optional<String> earlyMuxer) {
        this.stream = stream;
        this.frames = frames;
        this.sealer = new NoiseCipher(sendKey);
        this.opener = new NoiseCipher(receiveKey);
        this.remoteKey = remoteKey;
        this.earlyMuxer = earlyMuxer;
    }

    /** Who has proven to be at the other end. */
    public PeerId remotePeer() {
        return remoteKey.peerId();
    }

    public PublicKey remoteKey() {
        return remoteKey;
    }

    /** The muxer that both sides named in the handshake. */
    public Optional<String> earlyMuxer() {
        return earlyMuxer;
    }

    /**
     * Makes sure that {@link #plain} has bytes from {@link #plainStart} on.
     *
     * @return how many; -1 when the remote has closed the connection between two messages
     */
    public int fill(Deadline deadline) throws IOException, InterruptedException {
        while (plainStart == plainEnd) { // an empty message says nothing
            int length = frames.next(deadline);
            if (length < 0) {
                return -1;
            }
            if (plain.length < length) {
                plain = new byte[grown(plain.length, length)];
            }
            plainStart = 0;
            plainEnd = opener.decrypt(NOTHING, frames.buffer(), frames.start(), length, plain, 0);
            frames.consume(length);
        }
        return plainEnd - plainStart;
    }

    /** What {@link #fill} has decrypted; to be read only, and only until the next fill. */
    public byte[] plain() {
        return plain;
    }

    public int plainStart() {
        return plainStart;
    }

    public void consume(int count) {
        plainStart += count;
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        int there = fill(deadline);
        if (there < 0) {
            return -1;
        }
        int taken = Math.min(there, count);
        System.arraycopy(plain, plainStart, into, from, taken);
        consume(taken);
        return taken;
    }

    /** Puts bytes back that were read too far; the next read returns them. */
    public void unread(byte[] bytes) {
        byte[] rest = Arrays.copyOfRange(plain, plainStart, plainEnd);
        plain = Arrays.copyOf(bytes, bytes.length + rest.length);
        System.arraycopy(rest, 0, plain, bytes.length, rest.length);
        plainStart = 0;
        plainEnd = plain.length;
    }

    /** Encrypts and sends, in as few messages as possible. */
    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        for (int sent = 0; sent < count; ) {
            int part = Math.min(count - sent, PLAIN_BYTES_MAX);
            writeMessage(bytes, from + sent, part, deadline);
            sent += part;
        }
    }

    private void writeMessage(byte[] bytes, int from, int count, Deadline deadline)
            throws IOException, InterruptedException {
        int length = count + NoiseCipher.TAG_BYTES;
        if (sealed.length < FrameReader.HEADER_BYTES + length) {
            sealed = new byte[grown(sealed.length, FrameReader.HEADER_BYTES + length)];
        }
        FrameReader.putLength(sealed, length);
        sealer.encrypt(NOTHING, bytes, from, count, sealed, FrameReader.HEADER_BYTES);
        stream.write(sealed, 0, FrameReader.HEADER_BYTES + length, deadline);
    }

    /** Bytes that the buffers take now. The reader's, while nobody writes. */
    public int bufferBytes() {
        return frames.bufferBytes() + plain.length + sealed.length;
    }

    /** Gives the buffers back that are empty. The reader's, while nobody writes. */
    public void giveBuffersBack() {
        frames.giveBufferBack();
        if (plainStart == plainEnd) {
            plain = NOTHING;
            plainStart = 0;
            plainEnd = 0;
        }
        sealed = NOTHING;
    }

    private static int grown(int now, int needed) {
        return Math.min(Math.max(2 * now, needed), FrameReader.HEADER_BYTES + FrameReader.MESSAGE_BYTES_MAX);
    }

    @Override
    public void close() {
        stream.close();
    }
}
