package corolla.model.block;

import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What the backward of one block computes in: attention for {@code rows} rows of whole sequences, the feed-forward part for
 * {@code innerRows} at a time; blocks of other sizes see the same memory in other shapes. Lives in the arena of the call.
 *
 * @param normed (rows, H), then its gradient
 * @param queryKeyValue (rows, queries + 2 · keyValues)
 * @param queryKeyValueGradient of the same shape
 * @param unnormed of the same shape where heads have norms, else without rows
 * @param keys rows · keyValues values, cut into sequences
 * @param values as many
 * @param attended (rows, queries), then its gradient
 * @param middle (rows, H): the hidden state between attention and feed-forward; the gradient of the feed-forward part's input
 *     where branches are parallel
 * @param branch (rows, H) where branches have norms of their own: what attention adds, before its norm; else without rows
 * @param branchGradient of the same shape
 * @param projected (innerRows, projected)
 * @param inner (innerRows, inner)
 * @param routed (innerRows, routed)
 * @param latent (rows, latent)
 * @param innerInput (innerRows, H): what the feed-forward part adds, before its norm; then the gradient of its input
 */
record BackwardScratch(
        Tensor normed,
        Tensor queryKeyValue,
        Tensor queryKeyValueGradient,
        Tensor unnormed,
        Tensor keys,
        Tensor values,
        Tensor attended,
        Tensor middle,
        Tensor branch,
        Tensor branchGradient,
        Tensor projected,
        Tensor inner,
        Tensor routed,
        Tensor latent,
        Tensor innerInput) {

    static BackwardScratch allocate(KernelMemory memory, Arena arena, BlockSizes sizes, int rows, int innerRows) {
        int hidden = sizes.hidden();
        int queryKeyValues = sizes.queryKeyValues();
        int branchRows = sizes.hasPostNorms() ? rows : 0;
        return new BackwardScratch(
                memory.allocate(arena, DType.F32, rows, hidden),
                memory.allocate(arena, DType.F32, rows, queryKeyValues),
                memory.allocate(arena, DType.F32, rows, queryKeyValues),
                memory.allocate(arena, DType.F32, sizes.hasHeadNorms() ? rows : 0, queryKeyValues),
                memory.allocate(arena, DType.F32, rows, sizes.keyValues()),
                memory.allocate(arena, DType.F32, rows, sizes.keyValues()),
                memory.allocate(arena, DType.F32, rows, sizes.queries()),
                memory.allocate(arena, DType.F32, rows, hidden),
                memory.allocate(arena, DType.F32, branchRows, hidden),
                memory.allocate(arena, DType.F32, branchRows, hidden),
                memory.allocate(arena, DType.F32, innerRows, sizes.projected()),
                memory.allocate(arena, DType.F32, innerRows, sizes.inner()),
                memory.allocate(arena, DType.F32, innerRows, sizes.routed()),
                memory.allocate(arena, DType.F32, rows, sizes.latent()),
                memory.allocate(arena, DType.F32, innerRows, hidden));
    }

    /** Bytes that {@link #allocate} takes. */
    static long bytes(BlockSizes sizes, long rows, long innerRows) {
        long hiddens = sizes.hasPostNorms() ? 4 : 2;
        long queryKeyValues = sizes.hasHeadNorms() ? 3 : 2;
        long row = hiddens * sizes.hidden()
                + queryKeyValues * sizes.queryKeyValues()
                + 2L * sizes.keyValues()
                + sizes.queries()
                + sizes.latent();
        long innerRow = (long) sizes.projected() + sizes.inner() + sizes.routed() + sizes.hidden();
        return DType.F32.bytes(rows * row + innerRows * innerRow);
    }
}
