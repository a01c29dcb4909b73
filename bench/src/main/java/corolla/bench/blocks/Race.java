package corolla.bench.blocks;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/**
 * Times bodies in turn, one run of each a round, so that all meet the same weather. The best run of each counts: whatever
 * else happens on the machine only adds.
 */
record Race(Team team, Clock clock, Duration time) {
    private static final int ROUNDS_MIN = 3;

    /** Seconds of the best run of each body; a first round warms up. */
    double[] best(Team.Body... bodies) throws IOException, InterruptedException {
        double[] best = new double[bodies.length];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        round(bodies, new double[bodies.length]);
        Deadline end = Deadline.after(clock, time.multipliedBy(bodies.length));
        for (int i = 0; i < ROUNDS_MIN || !end.isOver(clock); i++) {
            round(bodies, best);
        }
        return best;
    }

    private void round(Team.Body[] bodies, double[] best) throws IOException, InterruptedException {
        for (int i = 0; i < bodies.length; i++) {
            long start = clock.nanoTime();
            team.run(bodies[i], Deadline.never(clock));
            best[i] = Math.min(best[i], (clock.nanoTime() - start) / 1e9);
        }
    }
}
