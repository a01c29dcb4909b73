package corolla.server;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.Optional;

/** Lets one change of a server's standing run at a time, however long it takes: a move, a pause, an end. Thread-safe. */
final class Exclusive {
    private final Clock clock;
    private final Gate gate;
    private boolean busy; // guarded by gate

    Exclusive(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
    }

    /** Waits for the change that runs; the caller closes the turn. */
    Turn enter() throws InterruptedException {
        gate.lock();
        try {
            while (busy) {
                gate.await(Deadline.never(clock)); // a change ends, or is interrupted by the server's end
            }
            busy = true;
            return new Turn();
        } finally {
            gate.unlock();
        }
    }

    /** A turn if there is no change now. */
    Optional<Turn> tryEnter() {
        gate.lock();
        try {
            if (busy) {
                return Optional.empty();
            }
            busy = true;
            return Optional.of(new Turn());
        } finally {
            gate.unlock();
        }
    }

    /** The right to change. Closed once, by its owner. */
    final class Turn implements AutoCloseable {
        private Turn() {}

        @Override
        public void close() {
            gate.lock();
            try {
                busy = false;
                gate.signalAll();
            } finally {
                gate.unlock();
            }
        }
    }
}
