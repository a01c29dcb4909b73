package corolla.p2p.yamux;

import corolla.base.ProtocolException;
import corolla.base.task.Gate;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.Duplex;
import corolla.p2p.PeerId;
import corolla.p2p.StreamResetException;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One stream of a yamux session. One reader thread and one writer thread at a time; the rest from any thread. */
public final class YamuxStream implements Duplex, AutoCloseable {
    /** A copy this short costs less under the lock than taking the lock twice. */
    private static final int COPY_UNDER_LOCK_BYTES_MAX = 4096;

    private static final byte[] NOTHING = {};

    private final Yamux session;
    final StreamState state; // guarded by the session's lock, as are the following
    final ReceiveBuffer received = new ReceiveBuffer();
    final Gate readable;
    final Gate writable;

    @Nullable
    Runnable remoteEndAction;

    YamuxStream(Yamux session, StreamState state) {
        this.session = session;
        this.state = state;
        this.readable = session.lock().sibling();
        this.writable = session.lock().sibling();
    }

    public PeerId remotePeer() {
        return session.remotePeer();
    }

    public boolean isInbound() {
        return state.inbound;
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        Objects.checkFromIndexSize(from, count, into.length);
        session.lock().lock();
        try {
            if (!awaitBytes(deadline)) {
                return -1;
            }
            ReceiveBuffer.Chunk chunk = received.first();
            int taken = Math.min(count, chunk.count());
            if (taken <= COPY_UNDER_LOCK_BYTES_MAX) {
                System.arraycopy(chunk.bytes, chunk.start, into, from, taken);
                session.onRead(this, taken);
                return taken;
            }
            int start = chunk.start;
            session.lock().unlock();
            try {
                System.arraycopy(chunk.bytes, start, into, from, taken);
            } finally {
                session.lock().lock();
            }
            if (!received.isEmpty() && received.first() == chunk) { // not reset meanwhile
                session.onRead(this, taken);
            }
            return taken;
        } finally {
            session.lock().unlock();
        }
    }

    /** @return false at the remote's end */
    private boolean awaitBytes(Deadline deadline) throws IOException, InterruptedException {
        while (received.isEmpty()) {
            if (state.remoteEnded) {
                return false;
            }
            failIfReset();
            if (state.discarding) {
                throw new StreamResetException(session.describe(state) + " is closed here");
            }
            if (session.sendPrefix(this)) { // the remote may be waiting for it
                continue;
            }
            if (!readable.await(deadline)) {
                throw new DeadlineException("nothing came in time on " + session.describe(state));
            }
        }
        return true;
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        Objects.checkFromIndexSize(from, count, bytes.length);
        write(new WriteJob(NOTHING, bytes, from, count, false), deadline);
    }

    /**
     * Bytes that go ahead of the first data that is written, in the same frame: or alone, when a read has to wait, or our direction
     * is ended. To be given before the first write.
     */
    public void setPrefix(byte[] prefix) {
        session.lock().lock();
        try {
            session.setPrefix(this, prefix);
        } finally {
            session.lock().unlock();
        }
    }

    /** Writes {@code first} and then some of {@code second} as if they were one piece. */
    public void write(byte[] first, byte[] second, int from, int count, Deadline deadline)
            throws IOException, InterruptedException {
        Objects.checkFromIndexSize(from, count, second.length);
        write(new WriteJob(first, second, from, count, false), deadline);
    }

    /** The same with all of {@code second}, and ends our direction with it. */
    public void writeLast(byte[] first, byte[] second, Deadline deadline) throws IOException, InterruptedException {
        write(new WriteJob(first, second, 0, second.length, true), deadline);
    }

    private void write(WriteJob job, Deadline deadline) throws IOException, InterruptedException {
        if (job.remaining() == 0) {
            if (job.isLast()) {
                closeWrite();
            }
            return;
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        session.lock().lock();
        try {
            failIfReset();
            if (state.localEnded) {
                throw new StreamResetException(session.describe(state) + " was ended by this side before");
            }
            session.offer(this, job, deadline);
            awaitSent(job, deadline);
        } finally {
            if (state.job == job) {
                session.withdraw(this);
            }
            session.lock().unlock();
        }
    }

    private void awaitSent(WriteJob job, Deadline deadline) throws IOException, InterruptedException {
        while (job.remaining() > 0) {
            failIfReset();
            // yamux has no "stop sending": a remote that has ended its own direction has probably lost interest.
            boolean isAbandoned = state.remoteEnded && state.sendWindow == 0;
            Deadline until = isAbandoned ? deadline.earlier(session.windowWaitAfterFin()) : deadline;
            if (!writable.await(until) && job.remaining() > 0) {
                throw new DeadlineException(
                        session.describe(state) + ": " + job.remaining() + " bytes were not sent in time"
                                + (state.sendWindow == 0 ? ", the remote grants no window" : "")
                                + (state.remoteEnded ? " and has ended its own direction" : ""));
            }
        }
    }

    private void failIfReset() throws StreamResetException {
        if (state.isReset()) {
            throw new StreamResetException(session.describe(state) + ": " + state.resetReason);
        }
    }

    /** FIN. Idempotent, does not wait. */
    public void closeWrite() {
        session.change(this, (session, now) -> session.endWrite(state));
    }

    /** RST. Idempotent, does not wait. */
    public void reset() {
        session.change(this, (session, now) -> {
            received.clear();
            session.reset(state, "reset by this side");
        });
    }

    /** FIN, and what still comes is dropped. Idempotent, does not wait. */
    @Override
    public void close() {
        session.change(this, (session, now) -> {
            received.clear();
            session.close(state, now);
        });
    }

    /** True when the remote has ended its direction, reset the stream, or is lost. */
    public boolean isRemoteEnded() {
        session.lock().lock();
        try {
            session.sendPrefix(this); // who asks is waiting for the remote
            return state.remoteEnded || state.isReset();
        } finally {
            session.lock().unlock();
        }
    }

    /** Runs the action once when {@link #isRemoteEnded} becomes true; at once when it is. */
    public void onRemoteEnd(Runnable action) {
        session.lock().lock();
        try {
            if (!state.remoteEnded && !state.isReset()) {
                remoteEndAction = action;
                return;
            }
        } finally {
            session.lock().unlock();
        }
        action.run();
    }

    /** What a thread wants changed under the lock. */
    interface Change {
        void apply(YamuxState session, long now) throws ProtocolException;
    }
}
