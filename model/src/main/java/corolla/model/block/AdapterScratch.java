package corolla.model.block;

import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What the backward of one block needs besides for an adapter. Lives in the arena of the call.
 *
 * @param lowRank (rows, sum of the adapter's ranks in a block)
 * @param gradient (rows, width): what the adapter adds to a gradient
 */
record AdapterScratch(Tensor lowRank, Tensor gradient) {

    static AdapterScratch allocate(
            KernelMemory memory, Arena arena, BlockSizes sizes, int rows, int innerRows, int rank) {
        return new AdapterScratch(
                memory.allocate(arena, DType.F32, Math.max(rows, innerRows), rank),
                memory.allocate(arena, DType.F32, 1, gradients(sizes, rows, innerRows)));
    }

    /** Bytes that {@link #allocate} takes. */
    static long bytes(BlockSizes sizes, long rows, long innerRows, int rank) {
        return DType.F32.bytes(Math.max(rows, innerRows) * rank + gradients(sizes, rows, innerRows));
    }

    /** Attention's projections go back for {@code rows} rows, the feed-forward part's for {@code innerRows}. */
    private static long gradients(BlockSizes sizes, long rows, long innerRows) {
        long attention = Math.max(Math.max(sizes.hidden(), sizes.queries()), sizes.latent());
        return Math.max(
                rows * attention, innerRows * Math.max(Math.max(sizes.hidden(), sizes.inner()), sizes.routed()));
    }
}
