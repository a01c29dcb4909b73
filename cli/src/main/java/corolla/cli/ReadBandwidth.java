package corolla.cli;

import corolla.base.Environment;
import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.time.Duration;

/** How fast all compute threads together read memory that is in no cache. */
final class ReadBandwidth {
    private static final int LONGS_PER_MEMBER =
            16 << 20; // 128 MiB: several times any last-level cache's share of a core
    private static final int PASSES = 8;
    private static final Duration TIME = Duration.ofMinutes(1);

    private ReadBandwidth() {}

    /** Bytes a second: the best of some passes. */
    static double measure(Environment environment) throws IOException, InterruptedException {
        Team team = environment.team();
        long[][] memory = new long[team.size()][];
        long[] sums = new long[team.size()];
        Deadline deadline = Deadline.after(environment.clock(), TIME);
        team.run(me -> memory[me.index()] = filled(), deadline);
        double best = 0;
        for (int pass = 0; pass < PASSES; pass++) {
            long start = environment.clock().nanoTime();
            team.run(me -> sums[me.index()] += sum(memory[me.index()]), deadline);
            double seconds = (environment.clock().nanoTime() - start) / 1e9;
            best = Math.max(best, (double) team.size() * LONGS_PER_MEMBER * Long.BYTES / seconds);
        }
        if (java.util.Arrays.stream(sums).sum() == 0) {
            throw new IllegalStateException(
                    "the sums were not computed"); // uses them, so that no compiler drops the loop
        }
        return best;
    }

    private static long[] filled() {
        long[] array = new long[LONGS_PER_MEMBER];
        java.util.Arrays.fill(array, 1);
        return array;
    }

    /** A plain sum, which the compiler turns into vector additions: reading is all it waits for. */
    private static long sum(long[] array) {
        long sum = 0;
        for (long value : array) {
            sum += value;
        }
        return sum;
    }
}
