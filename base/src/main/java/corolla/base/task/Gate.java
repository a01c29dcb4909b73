package corolla.base.task;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock with one condition whose timed wait reads a {@link Clock}, so that the same class serves real and virtual time
 * (the JDK's own timed waits watch {@code System.nanoTime}). Thread-safe. Always wait in a loop that re-checks.
 */
public final class Gate {
    private final Clock clock;
    private final ReentrantLock lock;
    private @Nullable Waiter first; // guarded by lock, as are the links behind it; in the order of arrival
    private @Nullable Waiter last; // guarded by lock

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        volatile boolean signalled;

        @Nullable
        Waiter next;
    }

    public Gate(Clock clock) {
        this(clock, new ReentrantLock());
    }

    private Gate(Clock clock, ReentrantLock lock) {
        this.clock = clock;
        this.lock = lock;
    }

    /** Another condition of the same lock: who waits there is woken by its own {@link #signalAll} only. */
    public Gate sibling() {
        return new Gate(clock, lock);
    }

    public void lock() {
        lock.lock();
    }

    public void unlock() {
        lock.unlock();
    }

    /**
     * Waits for a signal. The caller holds the lock, and holds it again on return.
     *
     * @return false when {@code deadline} is over and no signal came
     */
    public boolean await(Deadline deadline) throws InterruptedException {
        if (deadline.isOver(clock)) {
            return false;
        }
        Waiter me = new Waiter();
        add(me);
        lock.unlock();
        try {
            return parkUntilSignalled(me, deadline);
        } finally {
            lock.lock();
            if (!me.signalled) {
                remove(me);
            }
        }
    }

    /** Wakes all that wait. The caller holds the lock. */
    public void signalAll() {
        Waiter waiter = first;
        first = null;
        last = null;
        while (waiter != null) {
            waiter.signalled = true;
            LockSupport.unpark(waiter.thread);
            waiter = waiter.next;
        }
    }

    private void add(Waiter waiter) {
        if (last == null) {
            first = waiter;
        } else {
            last.next = waiter;
        }
        last = waiter;
    }

    private void remove(Waiter gone) {
        Waiter before = null;
        for (Waiter waiter = first; waiter != null; before = waiter, waiter = waiter.next) {
            if (waiter == gone) {
                unlink(before, waiter);
                return;
            }
        }
    }

    private void unlink(@Nullable Waiter before, Waiter gone) {
        if (before == null) {
            first = gone.next;
        } else {
            before.next = gone.next;
        }
        if (last == gone) {
            last = before;
        }
    }

    private boolean parkUntilSignalled(Waiter me, Deadline deadline) throws InterruptedException {
        while (!me.signalled) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (deadline.isFar(clock)) {
                LockSupport.park(this); // an alarm would be set and cancelled for nothing
                continue;
            }
            long nanos = deadline.remainingNanos(clock);
            if (nanos <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, nanos);
        }
        return true;
    }
}
