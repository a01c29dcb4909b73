package corolla.bench.kernels;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.time.Duration;

/** Times bodies of a team: the best of many, because whatever else runs on the machine only adds. */
record Stopwatch(Team team, Clock clock, Duration time) {
    private static final int RUNS_MIN = 12;

    /** Microseconds of the best run within {@link #time}. */
    double bestMicros(Team.Body body) throws IOException, InterruptedException {
        Deadline never = Deadline.never(clock);
        Deadline end = Deadline.after(clock, time);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < RUNS_MIN || !end.isOver(clock); i++) {
            long start = clock.nanoTime();
            team.run(body, never);
            best = Math.min(best, clock.nanoTime() - start);
        }
        return best / 1e3;
    }
}
