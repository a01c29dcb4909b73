package corolla.server.scheduler;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;

/**
 * Gives turns on the compute threads to steps. Thread-safe. A step runs on its caller's thread (which hands it to the compute
 * threads), so an idle scheduler adds two short locks to a step and no change of threads.
 *
 * <p>Two turns are out at once: one computes while the next is already handed over, so that compute threads go from one to
 * the other without waiting for a caller to wake up.
 */
public final class Scheduler implements AutoCloseable {
    private static final int TURNS = 2;

    private final Clock clock;
    private final StepRunner runner;
    private final Gate gate;
    private final StepQueue queue; // guarded by gate
    private int turnsFree = TURNS; // guarded by gate
    private boolean closed; // guarded by gate

    /** @param waitingMax steps that may wait at once; more are refused */
    public Scheduler(Clock clock, int waitingMax, StepRunner runner) {
        this.clock = clock;
        this.runner = runner;
        this.gate = new Gate(clock);
        this.queue = new StepQueue(waitingMax);
    }

    /**
     * Waits for a turn and runs the step.
     *
     * @throws IOException when too many wait, the scheduler is closed, or {@code deadline} is over before the turn came
     */
    public void run(Step step, Deadline deadline) throws IOException, InterruptedException {
        takeTurn(step.priority(), deadline);
        try {
            runner.run(step, deadline);
        } finally {
            endTurn();
        }
    }

    /** How many steps wait. */
    public int waiting() {
        gate.lock();
        try {
            return queue.size();
        } finally {
            gate.unlock();
        }
    }

    private void takeTurn(Priority priority, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            if (closed) {
                throw closed();
            }
            if (turnsFree == 0 || !queue.isEmpty()) {
                awaitTurn(priority, deadline);
            }
            turnsFree--;
        } finally {
            gate.unlock();
        }
    }

    private void awaitTurn(Priority priority, Deadline deadline) throws IOException, InterruptedException {
        StepQueue.Ticket ticket = queue.add(priority)
                .orElseThrow(() -> new IOException("Server is overloaded: " + queue.size() + " steps wait; try later"));
        boolean mine = false;
        try {
            while (!(turnsFree > 0 && queue.isNext(ticket))) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("the server was busy until the deadline");
                }
                if (closed) {
                    throw closed();
                }
            }
            queue.take(ticket);
            mine = true;
        } finally {
            if (!mine) {
                queue.remove(ticket);
            }
            if (!queue.isEmpty()) {
                gate.signalAll(); // another may be next now
            }
        }
    }

    private void endTurn() {
        gate.lock();
        try {
            turnsFree++;
            if (closed || !queue.isEmpty()) {
                gate.signalAll();
            }
        } finally {
            gate.unlock();
        }
    }

    private static IOException closed() {
        return new IOException("Server is shutting down");
    }

    /** Refuses new steps and those that wait, and waits for those that run: afterwards nobody uses their memory. */
    @Override
    public void close() {
        boolean interrupted = false;
        gate.lock();
        try {
            closed = true;
            gate.signalAll();
            while (turnsFree < TURNS) {
                interrupted |= awaitUninterrupted();
            }
        } finally {
            gate.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A running step ends by itself; only then may memory be freed, interrupted or not. */
    private boolean awaitUninterrupted() {
        try {
            gate.await(Deadline.never(clock));
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
