package corolla.p2p.host;

import corolla.base.task.Gate;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.Stream;
import corolla.p2p.multistream.Multistream;
import corolla.p2p.yamux.YamuxStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A yamux stream with its protocol. When the protocol is only proposed, the proposal leaves with the first bytes written, and the
 * answer is read before the first bytes are: a request then costs one round trip, not two.
 */
final class HostStream implements Stream {
    private static final byte[] NOTHING = {};

    private final YamuxStream stream;
    private final String protocol;
    private final Connection connection;

    /** Guards the proposal; null when there was agreement from the start. */
    private final @Nullable Gate gate;

    private byte[] proposal; // guarded by gate
    private boolean isSending; // guarded by gate
    private volatile boolean isSent;
    private final Multistream.@Nullable Answer answer; // the reader's
    private volatile boolean isAgreed;

    private byte[] head; // read too far, the reader's
    private int headAt;

    private HostStream(
            YamuxStream stream,
            String protocol,
            Connection connection,
            @Nullable Gate gate,
            byte[] proposal,
            byte[] head) {
        this.stream = stream;
        this.protocol = protocol;
        this.connection = connection;
        this.gate = gate;
        this.proposal = proposal;
        this.head = head;
        this.isSent = gate == null;
        this.isAgreed = gate == null;
        this.answer = gate == null
                ? null
                : new Multistream.Answer(stream, protocol, connection.peer().shortForm());
    }

    /** A stream whose ends have agreed. */
    static HostStream agreed(YamuxStream stream, Multistream.Agreement agreement, Connection connection) {
        return new HostStream(stream, agreement.protocol(), connection, null, NOTHING, agreement.rest());
    }

    /** A stream of ours whose protocol the remote will probably accept. */
    static HostStream proposing(YamuxStream stream, String protocol, Connection connection, Gate gate) {
        return new HostStream(stream, protocol, connection, gate, Multistream.proposal(protocol), NOTHING);
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
        Multistream.Answer expected = Objects.requireNonNull(answer);
        byte[] mine = claimProposal(deadline);
        if (mine.length > 0) {
            send(mine, NOTHING, 0, 0, deadline);
        }
        try {
            head = expected.read(deadline).rest();
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
        byte[] first = isSent ? NOTHING : claimProposal(deadline);
        send(first, bytes, from, count, deadline);
    }

    @Override
    public void write(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException {
        byte[] mine = isSent ? NOTHING : claimProposal(deadline);
        byte[] head = mine.length == 0 ? first : join(mine, first);
        try {
            stream.write(head, second, 0, second.length, deadline);
        } finally {
            sent(mine);
        }
    }

    private void send(byte[] mine, byte[] bytes, int from, int count, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            stream.write(mine, bytes, from, count, deadline);
        } finally {
            sent(mine);
        }
    }

    /** The proposal, for the one thread that must send it; empty when it has been sent, which this waits for. */
    private byte[] claimProposal(Deadline deadline) throws IOException, InterruptedException {
        Gate own = Objects.requireNonNull(gate);
        own.lock();
        try {
            while (isSending) {
                if (!own.await(deadline)) {
                    throw new DeadlineException("proposal of '" + protocol + "' was not sent in time to "
                            + remotePeer().shortForm());
                }
            }
            isSending = !isSent;
            return isSent ? NOTHING : proposal;
        } finally {
            own.unlock();
        }
    }

    private void sent(byte[] mine) {
        if (mine.length == 0) {
            return;
        }
        Gate own = Objects.requireNonNull(gate);
        own.lock();
        isSent = true;
        isSending = false;
        proposal = NOTHING;
        own.signalAll();
        own.unlock();
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
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
