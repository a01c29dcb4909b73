package corolla.base.task;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock with one condition whose timed wait reads a {@link Clock}, so that the same class serves real and virtual time
 * (the JDK's own timed waits watch {@code System.nanoTime}). Thread-safe. Always wait in a loop that re-checks.
 */
public final class Gate {
    private final Clock clock;
    private final ReentrantLock lock;
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(); // guarded by lock

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        volatile boolean signalled;
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
        waiters.add(me);
        lock.unlock();
        try {
            return parkUntilSignalled(me, deadline);
        } finally {
            lock.lock();
            if (!me.signalled) {
                waiters.remove(me);
            }
        }
    }

    /** Wakes all that wait. The caller holds the lock. */
    public void signalAll() {
        for (Waiter waiter : waiters) {
            waiter.signalled = true;
            LockSupport.unpark(waiter.thread);
        }
        waiters.clear();
    }

    private boolean parkUntilSignalled(Waiter me, Deadline deadline) throws InterruptedException {
        while (!me.signalled) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
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
