package corolla.base.internal;

import corolla.base.task.Gate;
import corolla.base.task.Task;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** One thread's body and how it ended. Thread-safe. */
final class ThreadTask<T extends @Nullable Object> implements Task<T>, Runnable {
    private final ThreadScope scope;
    private final String name;
    private final Callable<T> body;
    private final boolean resultMatters;
    private final Gate gate;
    private @Nullable Thread thread; // set before the thread starts
    private volatile boolean cancelled;
    private boolean done; // guarded by gate
    private int waiters; // guarded by gate
    private @Nullable T result; // guarded by gate
    private @Nullable Throwable failure; // guarded by gate

    /** @param resultMatters whether a failure is kept for somebody who asks later, or logged when nobody waits */
    ThreadTask(ThreadScope scope, String name, Callable<T> body, Clock clock, boolean resultMatters) {
        this.scope = scope;
        this.name = name;
        this.body = body;
        this.resultMatters = resultMatters;
        this.gate = new Gate(clock);
    }

    String name() {
        return name;
    }

    void setThread(Thread thread) {
        this.thread = thread;
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    @Override
    @SuppressWarnings({"CatchAndPrintStackTrace", "InterruptedExceptionSwallowed"
    }) // kept for whoever awaits, or logged
    public void run() {
        T value = null;
        Throwable thrown = null;
        try {
            value = body.call();
        } catch (Throwable e) { // the outermost frame of a thread: nothing may get lost
            thrown = e;
        }
        boolean lonely = end(value, thrown);
        boolean keep = lonely && resultMatters;
        scope.ended(this, keep ? thrown : null);
        if (lonely && !keep) {
            scope.log(this);
        }
    }

    /** Notes the end; true when it was a failure and nobody waits for it. */
    private boolean end(@Nullable T value, @Nullable Throwable thrown) {
        gate.lock();
        try {
            done = true;
            result = value;
            failure = thrown;
            gate.signalAll();
            return thrown != null && waiters == 0;
        } finally {
            gate.unlock();
        }
    }

    @Override
    public T await(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            waiters++;
            while (!done) {
                if (!gate.await(deadline) && !done) {
                    throw new DeadlineException("task '" + name + "' did not end in time");
                }
            }
        } finally {
            waiters--;
            gate.unlock();
        }
        scope.asked(this);
        return outcome();
    }

    @SuppressWarnings("NullAway") // a task that ended well has its result, which is null only when T allows it
    private T outcome() throws IOException {
        Throwable thrown = failure();
        return switch (thrown) {
            case null -> result;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e when cancelled -> throw cancellation(e);
            case IOException e -> throw e;
            case Throwable e -> throw new IOException("task '" + name + "' failed: " + e, e);
        };
    }

    private CancellationException cancellation(Throwable cause) {
        CancellationException cancellation = new CancellationException("task '" + name + "' was cancelled");
        cancellation.initCause(cause);
        return cancellation;
    }

    @Nullable
    Throwable failure() {
        gate.lock();
        try {
            return failure;
        } finally {
            gate.unlock();
        }
    }

    @Override
    public boolean isDone() {
        gate.lock();
        try {
            return done;
        } finally {
            gate.unlock();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        Thread target = thread;
        if (target != null) {
            target.interrupt();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
