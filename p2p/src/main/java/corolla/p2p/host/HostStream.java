package corolla.p2p.host;

import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.Stream;
import corolla.p2p.multistream.Multistream;
import corolla.p2p.yamux.YamuxStream;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A yamux stream with its protocol. Of a stream of ours, the proposal leaves with the first bytes written, and the answer is read
 * before the first bytes are; of the remote's, the answer leaves with the first bytes written. So a request costs one round trip
 * and each side sends once.
 */
final class HostStream implements Stream {
    private static final byte[] NOTHING = {};

    private final YamuxStream stream;
    private final String protocol;
    private final Connection connection;

    /** The reader's; null when there was agreement from the start. */
    private final Multistream.@Nullable Answer answer;

    private volatile boolean isAgreed;
    private byte[] head; // read too far, the reader's
    private int headAt;

    private HostStream(
            YamuxStream stream,
            String protocol,
            Connection connection,
            Multistream.@Nullable Answer answer,
            byte[] head) {
        this.stream = stream;
        this.protocol = protocol;
        this.connection = connection;
        this.answer = answer;
        this.isAgreed = answer == null;
        this.head = head;
    }

    /** A stream of ours whose ends have agreed. */
    static HostStream agreed(YamuxStream stream, Multistream.Agreement agreement, Connection connection) {
        return new HostStream(stream, agreement.protocol(), connection, null, agreement.rest());
    }

    /**
     * A stream of the remote's. When it has sent data behind its proposal, it does not wait for our answer, which then goes with our
     * first data; otherwise the answer leaves now.
     */
    static HostStream answering(
            YamuxStream stream, Multistream.Agreement agreement, Connection connection, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] answer = agreement.answer();
        if (agreement.rest().length > 0) {
            stream.setPrefix(answer);
        } else {
            stream.write(answer, 0, answer.length, deadline);
        }
        return new HostStream(stream, agreement.protocol(), connection, null, agreement.rest());
    }

    /** A stream of ours whose protocol the remote will probably accept. */
    static HostStream proposing(YamuxStream stream, String protocol, Connection connection) {
        stream.setPrefix(Multistream.proposal(protocol));
        var answer = new Multistream.Answer(stream, protocol, connection.peer().shortForm());
        return new HostStream(stream, protocol, connection, answer, NOTHING);
    }

    /** The connection that carries it. */
    Connection connection() {
        return connection;
    }

    @Override
    public PeerId remotePeer() {
        return connection.peer();
    }

    @Override
    public String protocol() {
        return protocol;
    }

    @Override
    public boolean isInbound() {
        return stream.isInbound();
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        if (!isAgreed) {
            agree(deadline);
        }
        if (headAt < head.length) {
            Objects.checkFromIndexSize(from, count, into.length);
            int taken = Math.min(count, head.length - headAt);
            System.arraycopy(head, headAt, into, from, taken);
            headAt += taken;
            return taken;
        }
        return stream.read(into, from, count, deadline);
    }

    private void agree(Deadline deadline) throws IOException, InterruptedException {
        try {
            head = Objects.requireNonNull(answer).read(deadline).rest();
            isAgreed = true;
        } catch (DeadlineException e) {
            throw e; // the answer may still come
        } catch (ProtocolNotSupportedException e) {
            connection.forgetProtocol(protocol);
            stream.reset();
            throw e;
        } catch (IOException e) {
            stream.reset();
            throw e;
        }
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        stream.write(bytes, from, count, deadline);
    }

    @Override
    public void write(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException {
        stream.write(first, second, 0, second.length, deadline);
    }

    @Override
    public void writeLast(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException {
        stream.writeLast(first, second, deadline);
    }

    @Override
    public void closeWrite() {
        stream.closeWrite();
    }

    @Override
    public void reset() {
        stream.reset();
    }

    @Override
    public void close() {
        stream.close();
    }

    @Override
    public boolean isRemoteEnded() {
        return stream.isRemoteEnded();
    }

    @Override
    public void onRemoteEnd(Runnable action) {
        stream.onRemoteEnd(action);
    }

    @Override
    public String toString() {
        return protocol + (isInbound() ? " from " : " to ") + remotePeer().shortForm();
    }
}
