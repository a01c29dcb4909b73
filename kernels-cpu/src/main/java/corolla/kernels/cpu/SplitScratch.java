package corolla.kernels.cpu;

import corolla.kernels.cpu.onednn.GrowingMemory;
import java.lang.foreign.MemorySegment;

/** Working memory of {@link SplitProducts}, any contents. Confined to who took it. */
final class SplitScratch implements AutoCloseable {
    private final GrowingMemory source = new GrowingMemory();
    private final GrowingMemory weights = new GrowingMemory();
    private final GrowingMemory target = new GrowingMemory();

    /** For high halves of {@code count} activations, then low ones. */
    MemorySegment source(long count) {
        return source.atLeast(2 * Short.BYTES * count);
    }

    /** For high halves of {@code count} weights, then low ones. */
    MemorySegment weights(long count) {
        return weights.atLeast(2 * Short.BYTES * count);
    }

    /** For {@code count} sums with high halves of activations, then those with low ones. */
    MemorySegment target(long count) {
        return target.atLeast(2 * Float.BYTES * count);
    }

    @Override
    public void close() {
        source.close();
        weights.close();
        target.close();
    }
}
