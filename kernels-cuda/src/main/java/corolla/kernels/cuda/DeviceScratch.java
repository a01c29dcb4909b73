package corolla.kernels.cuda;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Device memory for the time of one operation, handed out front to back. Grows to what the largest operation so far has taken. Confined to
 * the holder of its owner's lock; work of one stream alone uses it, so the next operation may overwrite what the last one left.
 */
final class DeviceScratch implements AutoCloseable {
    private static final long ALIGNMENT = 256;
    private static final long BYTES_MIN = 1L << 20;

    private record Slab(Arena arena, long address, long bytes) {}

    private final Gpu gpu;
    private final List<Slab> slabs = new ArrayList<>();
    private long taken; // of the last slab
    private long wanted; // in this operation
    private long wantedMax; // by an operation that one slab did not do for

    DeviceScratch(Gpu gpu) {
        this.gpu = gpu;
    }

    /** The address of so many bytes until {@link #reset}. */
    long take(long bytes) {
        long rounded = Math.max(1, Math.ceilDiv(bytes, ALIGNMENT)) * ALIGNMENT;
        wanted += rounded;
        if (slabs.isEmpty() || taken + rounded > slabs.getLast().bytes()) {
            add(Math.max(Math.max(rounded, BYTES_MIN), Math.max(wanted, wantedMax)));
        }
        long address = slabs.getLast().address() + taken;
        taken += rounded;
        return address;
    }

    @SuppressWarnings("MustBeClosedChecker") // the slab owns the arena
    private void add(long bytes) {
        Arena arena = Arena.ofShared();
        try {
            slabs.add(new Slab(arena, gpu.allocate(arena, bytes).address(), bytes));
            taken = 0;
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** Takes everything back. Several slabs become none: the next operation gets one that is large enough. */
    void reset() {
        taken = 0;
        if (slabs.size() > 1) {
            wantedMax = wanted;
            close();
        }
        wanted = 0;
    }

    /** Frees all; waits for the work that uses it. */
    @Override
    public void close() {
        slabs.forEach(slab -> slab.arena().close());
        slabs.clear();
        taken = 0;
    }
}
