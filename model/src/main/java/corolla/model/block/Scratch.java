package corolla.model.block;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What blocks compute in, for up to {@code rowsMax} rows at a time; blocks of other sizes see the same memory in other
 * shapes. Owns its memory. Confined to the call that leases it.
 *
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
    static Scratch allocate(BlockSizes sizes, int rowsMax, int rank) {
        Arena arena = Arena.ofShared();
        return new Scratch(
                arena,
                rowsMax,
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.hidden()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.queryKeyValues()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.queries()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.projected()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.inner()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.routed()),
                Tensor.allocate(arena, DType.F32, rowsMax, sizes.latent()),
                Tensor.allocate(arena, DType.F32, sizes.hasPostNorms() ? rowsMax : 0, sizes.hidden()),
                Tensor.allocate(arena, DType.F32, rowsMax, rank));
    }

    @Override
    public void close() {
        arena.close();
    }
}
