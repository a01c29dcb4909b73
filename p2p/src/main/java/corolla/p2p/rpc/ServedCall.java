package corolla.p2p.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One call that we serve: which thread runs its handler, and whether the caller still wants it. Created on the handler's
 * thread; thread-safe.
 */
final class ServedCall implements RpcContext {
    private final Stream stream;
    private final String name;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable Thread handlerThread;

    @GuardedBy("lock")
    private boolean interrupted;

    private volatile boolean cancelled;

    ServedCall(Stream stream, String name) {
        this.stream = stream;
        this.name = name;
    }

    /** A handler's work. */
    interface Work<T> {
        T run() throws Exception;
    }

    /** Runs the handler on this thread, interrupting it when the caller gives up meanwhile. */
    <T> T run(Work<T> work) throws Exception {
        synchronized (lock) {
            handlerThread = Thread.currentThread();
        }
        stream.onRemoteEnd(this::cancel);
        try {
            return work.run();
        } finally {
            release();
        }
    }

    /** The interruption was meant for the handler; what runs on this thread afterwards must not see it. */
    private void release() {
        synchronized (lock) {
            handlerThread = null;
            if (interrupted) {
                boolean ignored = Thread.interrupted();
            }
        }
    }

    /** Tells the handler that nobody waits for it any more. Idempotent; any thread. */
    void cancel() {
        synchronized (lock) {
            Thread thread = handlerThread;
            if (thread != null && !cancelled) {
                interrupted = true;
                thread.interrupt();
            }
            cancelled = cancelled || thread != null;
        }
    }

    @Override
    public PeerId peer() {
        return stream.remotePeer();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    Stream stream() {
        return stream;
    }

    @Override
    public String toString() {
        return name + " for " + peer().shortForm();
    }
}
