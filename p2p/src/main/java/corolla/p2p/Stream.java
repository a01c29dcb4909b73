package corolla.p2p;

import corolla.base.time.Deadline;
import java.io.IOException;

/**
 * One libp2p stream that has agreed, or is about to agree, on a protocol.
 *
 * <p>A stream that we opened may send its protocol proposal together with the first bytes written, and check the answer
 * at the first read; so a wrong guess comes out of {@link #read} as {@link ProtocolNotSupportedException}. Nothing is sent
 * before the first {@link #write}, {@link #read} or {@link #closeWrite}.
 *
 * <p>One reader thread and one writer thread at a time; all other methods from any thread.
 */
public interface Stream extends Duplex, AutoCloseable {

    /** Whose identity the connection has proven. */
    PeerId remotePeer();

    String protocol();

    /** True when the remote opened it. */
    boolean isInbound();

    /**
     * Reads at least one byte, and as many as are there. What arrived before a reset stays readable, and an end of the
     * remote's direction stays an end when a reset follows it.
     *
     * @return how many, or -1 when the remote has ended its direction
     * @throws StreamResetException when the remote has reset the stream, or its connection is lost
     * @throws ProtocolNotSupportedException when the remote refuses the protocol
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    @Override
    int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException;

    /**
     * Writes all bytes; waits while the remote grants no window. The bytes are borrowed for the call.
     *
     * @throws StreamResetException when the remote has reset the stream, or its connection is lost
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first; some bytes may have been sent
     */
    @Override
    void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException;

    /** Writes two pieces as if they were one; small ones travel together. */
    void write(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException;

    /**
     * As {@link #write(byte[], byte[], Deadline)}, and ends our direction: the end of a small message travels with it. After a failure
     * the end may not have been sent.
     */
    default void writeLast(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException {
        write(first, second, deadline);
        closeWrite();
    }

    /** Ends our direction (FIN). Idempotent; never waits for the remote. */
    void closeWrite();

    /** Ends both directions at once (RST); unread bytes are dropped. Idempotent. */
    void reset();

    /**
     * Ends our direction and stops reading: FIN, and what still arrives is dropped. The ordinary end of a finished exchange.
     * Idempotent.
     */
    @Override
    void close();

    /** True once the remote has ended its direction or reset the stream, or the connection is lost. */
    boolean isRemoteEnded();

    /**
     * Runs {@code action} once, when the remote ends its direction (FIN), resets the stream, or the connection is lost; at once
     * when that has happened already. A callee watches for a caller's cancellation this way while it computes. The action runs
     * on the connection's reader thread: it must not block. A second call replaces the first action.
     */
    void onRemoteEnd(Runnable action);
}
