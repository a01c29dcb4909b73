package corolla.cli;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.cli.synthetic.Inputs;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.routing.Hop;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Sessions that step at the same time, one token a step, until a common deadline. Confined to one thread; owns the sessions, borrows the rest. */
final class SessionCrew implements AutoCloseable {
    private final Environment environment;
    private final int hiddenSize;
    private final int lengthMax;
    private final Deadline deadline;
    private final List<RemoteSession> sessions = new ArrayList<>();

    private SessionCrew(Environment environment, RemoteModel remote, int lengthMax, Deadline deadline) {
        this.environment = environment;
        this.hiddenSize = remote.spec().hiddenSize();
        this.lengthMax = lengthMax;
        this.deadline = deadline;
    }

    /**
     * Opens them.
     *
     * @param lengthMax tokens of a session, which then goes back to its beginning
     */
    static SessionCrew open(Environment environment, RemoteModel remote, int count, int lengthMax, Deadline deadline)
            throws IOException, InterruptedException {
        var crew = new SessionCrew(environment, remote, lengthMax, deadline);
        try {
            for (int i = 0; i < count; i++) {
                crew.sessions.add(remote.open(1, lengthMax, deadline));
            }
            return crew;
        } catch (IOException | InterruptedException | RuntimeException failed) {
            crew.close();
            throw failed;
        }
    }

    /** All sessions make so many steps; returns nanoseconds of each step of each. */
    List<long[]> run(int steps) throws IOException, InterruptedException {
        return all(session -> {
            long[] nanos = new long[steps];
            step(session, made -> made < steps, (step, took) -> nanos[step] = took);
            return nanos;
        });
    }

    /** All sessions step for so long; returns how many steps they have made together. */
    long runFor(Duration time) throws IOException, InterruptedException {
        Deadline end = Deadline.after(environment.clock(), time);
        return all(session -> step(session, made -> !end.isOver(environment.clock()), (step, took) -> {})).stream()
                .mapToLong(made -> made)
                .sum();
    }

    private interface Work<T> {
        T of(RemoteSession session) throws IOException, InterruptedException;
    }

    /** Does it with all sessions at the same time. */
    private <T> List<T> all(Work<T> work) throws IOException, InterruptedException {
        try (TaskScope scope = environment.tasks().open("sessions")) {
            List<Task<T>> running = new ArrayList<>();
            for (RemoteSession session : sessions) {
                running.add(scope.fork("session", () -> work.of(session)));
            }
            List<T> results = new ArrayList<>();
            for (Task<T> task : running) {
                results.add(task.await(deadline));
            }
            return results;
        }
    }

    private interface StepListener {
        void took(int step, long nanos);
    }

    /** Steps on while {@code goesOn} says so of the number of steps made; returns that number. */
    private int step(RemoteSession session, IntPredicate goesOn, StepListener listener)
            throws IOException, InterruptedException {
        int made = 0;
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden = Inputs.allocate(arena, 1, 1, hiddenSize);
            for (; goesOn.test(made); made++) {
                if (session.position() == lengthMax) {
                    session.truncate(0);
                }
                Inputs.fill(hidden);
                long start = environment.clock().nanoTime();
                session.step(hidden, deadline);
                listener.took(made, environment.clock().nanoTime() - start);
            }
        }
        return made;
    }

    /** The servers of the first session. */
    List<Hop> route() {
        return sessions.getFirst().route();
    }

    @Override
    public void close() {
        sessions.forEach(RemoteSession::close);
    }
}
