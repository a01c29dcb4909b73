package corolla.cli;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.time.Duration;

/**
 * Lets a command that runs until it is told to stop end in order: on SIGTERM or Ctrl-C {@link #await} returns, and the process lives on until
 * {@link #close}, for a few seconds at most. Thread-safe.
 */
final class Ending implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(8);

    private final Clock clock;
    private final Gate gate;
    private boolean wanted; // guarded by gate
    private boolean done; // guarded by gate
    private boolean awaited; // guarded by gate
    private final Thread command = Thread.currentThread();

    Ending(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("ending").unstarted(this::end));
    }

    /** Waits until the process is told to stop. */
    void await() throws InterruptedException {
        Deadline never = Deadline.never(clock);
        gate.lock();
        try {
            awaited = true;
            while (!wanted) {
                gate.await(never);
            }
        } finally {
            gate.unlock();
        }
    }

    boolean isWanted() {
        gate.lock();
        try {
            return wanted;
        } finally {
            gate.unlock();
        }
    }

    /** All is in order: the process may end. */
    @Override
    public void close() {
        gate.lock();
        try {
            done = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private void end() {
        Deadline deadline = Deadline.after(clock, GRACE);
        gate.lock();
        try {
            wanted = true;
            gate.signalAll();
            if (!awaited) {
                command.interrupt(); // it is still starting
            }
            while (!done && gate.await(deadline)) {
                // until all is in order, or it takes too long
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            gate.unlock();
        }
    }
}
