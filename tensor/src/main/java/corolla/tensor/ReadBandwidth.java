package corolla.tensor;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * How fast the team reads the kernels' memory where no cache holds it. Decoding one token reads all weights once, so this bounds it: a kernel's
 * speed is told as its share of this.
 */
public final class ReadBandwidth {
    /** Several times the last-level cache of ordinary machines. */
    private static final long BYTES = 512L << 20;

    private static final int PASSES = 8;

    private ReadBandwidth() {}

    /** The best of eight passes over 512 MiB, in bytes a second; other programs on the machine only make it smaller. */
    public static double bytesPerSecond(Kernels kernels, Team team, Clock clock)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Consumer<Tensor> fill =
                    tensor -> tensor.data().fill((byte) 1); // untouched pages would be one page of zeros
            MemorySegment data = kernels.memory()
                    .filled(arena, fill, DType.F32, BYTES / Float.BYTES)
                    .data();
            long best = Long.MAX_VALUE;
            for (int i = 0; i < PASSES; i++) {
                long start = clock.nanoTime();
                team.run(me -> kernels.touch(me, data), Deadline.never(clock));
                best = Math.min(best, clock.nanoTime() - start);
            }
            return BYTES * 1e9 / best;
        }
    }
}
