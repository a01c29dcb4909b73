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
    private static final int ROUNDS_MIN = 5;

    /** What a contestant runs in some round. */
    interface Contestant {
        Team.Body body(int round);
    }

    /** Seconds of the best run of each contestant; first rounds, for half the time, warm up. */
    double[] best(Contestant... contestants) throws IOException, InterruptedException {
        double[] ignored = new double[contestants.length];
        int round = 0;
        Deadline warm =
                Deadline.after(clock, time.multipliedBy(contestants.length).dividedBy(2));
        do {
            run(contestants, round++, ignored);
        } while (!warm.isOver(clock));
        double[] best = new double[contestants.length];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        int end = round + ROUNDS_MIN;
        Deadline over = Deadline.after(clock, time.multipliedBy(contestants.length));
        while (round < end || !over.isOver(clock)) {
            run(contestants, round++, best);
        }
        return best;
    }

    private void run(Contestant[] contestants, int round, double[] best) throws IOException, InterruptedException {
        for (int i = 0; i < contestants.length; i++) {
            Team.Body body = contestants[i].body(round);
            long start = clock.nanoTime();
            team.run(body, Deadline.never(clock));
            best[i] = Math.min(best[i], (clock.nanoTime() - start) / 1e9);
        }
    }
}
