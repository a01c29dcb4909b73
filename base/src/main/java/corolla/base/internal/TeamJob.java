package corolla.base.internal;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A body, its caller, and how far it is. Thread-safe. */
final class TeamJob {
    private final Team.Body body;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger membersLeft;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean ended;

    TeamJob(Team.Body body, int members) {
        this.body = body;
        this.membersLeft = new AtomicInteger(members);
    }

    Team.Body body() {
        return body;
    }

    /** Keeps the first failure only: those of other members follow from it. */
    void fail(Throwable e) {
        failure.compareAndSet(null, e);
    }

    boolean hasFailed() {
        return failure.get() != null;
    }

    /** Whether some member has left the body already. */
    boolean someoneLeft(int members) {
        return membersLeft.get() < members;
    }

    /** A member has left the body; true for the last one. */
    boolean leave() {
        return membersLeft.decrementAndGet() == 0;
    }

    /** The body has ended: its caller goes on. */
    void end() {
        ended = true;
        LockSupport.unpark(caller);
    }

    /** Waits; false when time is over, or for no reason. */
    boolean awaitEnd(Deadline deadline, Clock clock) {
        if (!ended) {
            long nanos = deadline.remainingNanos(clock);
            if (nanos > 0) {
                LockSupport.parkNanos(this, nanos);
            }
        }
        return ended;
    }

    void rethrow() {
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("a body threw a checked exception", e);
        }
    }
}
