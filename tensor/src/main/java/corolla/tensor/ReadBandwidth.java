package corolla.tensor;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
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

    /** Of a device, whose pass is begun and waited for over a bus: that shall not count. */
    private static final long DEVICE_BYTES_MAX = 4L << 30;

    /**
     * The best of eight passes over 512 MiB, or 4 GiB of a device or a quarter of what is free there, in bytes a second; other programs on the machine
     * only make it smaller.
     */
    public static double bytesPerSecond(Kernels kernels, Team team, Clock clock)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment data = data(kernels.memory(), arena).data();
            long best = Long.MAX_VALUE;
            for (int i = 0; i < PASSES; i++) {
                long start = clock.nanoTime();
                team.run(me -> kernels.touch(me, data), Deadline.never(clock));
                best = Math.min(best, clock.nanoTime() - start);
            }
            return data.byteSize() * 1e9 / best;
        }
    }

    private static Tensor data(KernelMemory memory, Arena arena) {
        OptionalLong free = memory.bytesFree();
        if (free.isPresent()) {
            long quarter = free.getAsLong() / 4 / Tensor.ALIGNMENT * Tensor.ALIGNMENT;
            return memory.allocate(arena, DType.F32, Math.min(DEVICE_BYTES_MAX, quarter) / Float.BYTES);
        }
        Consumer<Tensor> fill = tensor -> tensor.data().fill((byte) 1); // untouched pages would be one page of zeros
        return memory.filled(arena, fill, DType.F32, BYTES / Float.BYTES);
    }
}
