package corolla.cli;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.time.Duration;
import java.util.List;

/**
 * Lets a command that runs until it is told to stop end in order: on SIGTERM or Ctrl-C {@link #await} returns, and the process lives on until
 * {@link #close}, for a few seconds at most, or as long as it has been given. A second signal interrupts what the command does to end in order,
 * a third ends the process. Thread-safe.
 */
final class Ending implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(8);

    /** What a shell makes of a process that a signal has ended. */
    private static final int BY_SIGNAL = 128;

    private final Clock clock;
    private final Gate gate;
    private final Thread command = Thread.currentThread();
    private Duration patience = GRACE; // guarded by gate
    private int signals; // guarded by gate
    private boolean wanted; // guarded by gate
    private boolean done; // guarded by gate
    private boolean awaited; // guarded by gate

    /** @throws UserException when the process is already ending */
    Ending(Clock clock) {
        this(clock, List.of("TERM", "INT"));
    }

    /**
     * Of a process that another one has started and will tell to end: Ctrl-C, which both get, is not its business. It also ends with the other.
     *
     * @throws UserException when the process is already ending
     */
    static Ending withParent(Clock clock) {
        Signals.handle("INT", number -> {});
        var ending = new Ending(clock, List.of("TERM"));
        ProcessHandle.current().parent().ifPresent(parent -> {
            var ignored = parent.onExit().thenRun(ending::want); // for as long as this process lives
        });
        return ending;
    }

    private Ending(Clock clock, List<String> signals) {
        this.clock = clock;
        this.gate = new Gate(clock);
        for (String signal : signals) {
            Signals.handle(signal, this::signalled);
        }
        Thread hook = Thread.ofPlatform().name("ending").unstarted(() -> end(GRACE));
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException ending) { // a signal came before its handler
            throw new UserException("told to stop before it had started");
        }
    }

    /** How long the command may take to end, beside the usual. */
    void allow(Duration drain) {
        gate.lock();
        try {
            patience = GRACE.plus(drain);
        } finally {
            gate.unlock();
        }
    }

    /** Waits until the process is told to stop, or {@link #want}. */
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

    /** What the command does has come to an end by itself. */
    void want() {
        gate.lock();
        try {
            wanted = true;
            gate.signalAll();
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

    private void signalled(int number) {
        Duration limit;
        gate.lock();
        try {
            signals++;
            if (signals == 2) {
                command.interrupt();
            }
            limit = signals == 1 ? patience : signals == 2 ? GRACE : Duration.ZERO;
        } finally {
            gate.unlock();
        }
        if (!end(limit)) {
            Runtime.getRuntime().halt(BY_SIGNAL + number);
        }
    }

    /** Returns whether all is in order, in time. */
    private boolean end(Duration limit) {
        Deadline deadline = Deadline.after(clock, limit);
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
            return done;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            gate.unlock();
        }
    }
}
