package corolla.testkit;

import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;

/** One member, which is the caller's thread; bodies run one at a time in the order of arrival and take some virtual time. */
final class SimulatedTeam implements Team {
    private final InlineTeam inline = new InlineTeam();
    private final Clock clock;
    private final RandomGenerator random;
    private final long bodyNanosMax;
    private int slowness = 1;
    private final Gate gate;
    private final ArrayDeque<Turn> queue = new ArrayDeque<>(); // the first one runs

    /** One call of {@link #run}; compared by identity. */
    private static final class Turn {}

    SimulatedTeam(Clock clock, RandomGenerator random, Duration bodyTimeMax) {
        this.clock = clock;
        this.random = random;
        this.bodyNanosMax = bodyTimeMax.toNanos();
        this.gate = new Gate(clock);
    }

    /** From now on bodies take so many times as long. */
    void setSlowness(int factor) {
        slowness = factor;
    }

    @Override
    public int size() {
        return inline.size();
    }

    @Override
    public void run(Body body, Deadline deadline) throws IOException, InterruptedException {
        Turn turn = new Turn();
        try {
            awaitTurn(turn, deadline);
            inline.run(body, deadline);
            clock.sleep(Duration.ofNanos(slowness * random.nextLong(bodyNanosMax + 1)));
        } finally {
            gate.lock();
            queue.remove(turn);
            gate.signalAll();
            gate.unlock();
        }
    }

    private void awaitTurn(Turn turn, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            queue.add(turn);
            while (queue.peek() != turn) {
                if (!gate.await(deadline) && queue.peek() != turn) {
                    throw new DeadlineException("the compute threads were busy until the deadline");
                }
            }
        } finally {
            gate.unlock();
        }
    }
}
