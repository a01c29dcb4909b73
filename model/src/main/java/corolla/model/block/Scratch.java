package corolla.model.block;

import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What blocks compute in, for up to {@code rowsMax} rows at a time; blocks of other sizes see the same memory in other
 * shapes. Owns its memory, which is the kernels'. Confined to the call that leases it.
 *
 * @param state (rowsMax, H): the hidden state where it comes from other memory, else without rows
 * @param normed (rowsMax, H)
 * @param queryKeyValue (rowsMax, queries + 2 · keyValues)
 * @param attended (rowsMax, queries)
 * @param projected (rowsMax, projected)
 * @param inner (rowsMax, inner)
 * @param routed (rowsMax, routed)
 * @param latent (rowsMax, latent)
 * @param branch (rowsMax, H) where branches have norms of their own, else without rows
 * @param lowRank (rowsMax, sum of an adapter's ranks in a block)
 */
record Scratch(
        Arena arena,
        int rowsMax,
        Tensor state,
        Tensor normed,
        Tensor queryKeyValue,
        Tensor attended,
        Tensor projected,
        Tensor inner,
        Tensor routed,
        Tensor latent,
        Tensor branch,
        Tensor lowRank)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // the scratch owns the arena
    static Scratch allocate(KernelMemory memory, BlockSizes sizes, int rowsMax, int rank) {
        Arena arena = Arena.ofShared();
        try {
            return allocate(memory, arena, sizes, rowsMax, rank);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    private static Scratch allocate(KernelMemory memory, Arena arena, BlockSizes sizes, int rowsMax, int rank) {
        return new Scratch(
                arena,
                rowsMax,
                memory.allocate(arena, DType.F32, memory.isApart() ? rowsMax : 0, sizes.hidden()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.hidden()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.queryKeyValues()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.queries()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.projected()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.inner()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.routed()),
                memory.allocate(arena, DType.F32, rowsMax, sizes.latent()),
                memory.allocate(arena, DType.F32, sizes.hasPostNorms() ? rowsMax : 0, sizes.hidden()),
                memory.allocate(arena, DType.F32, rowsMax, rank));
    }

    @Override
    public void close() {
        arena.close();
    }
}
