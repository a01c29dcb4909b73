package corolla.model.block;

import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What blocks compute in, for up to {@code rowsMax} rows at a time. Owns its memory. Confined to the call that leases it.
 *
 * @param normed (rowsMax, H)
 * @param queryKeyValue (rowsMax, querySize + 2 · keyValueSize)
 * @param attended (rowsMax, querySize)
 * @param gateUp (rowsMax, 2 · I)
 * @param inner (rowsMax, I)
 */
record Scratch(
        Arena arena, int rowsMax, Tensor normed, Tensor queryKeyValue, Tensor attended, Tensor gateUp, Tensor inner)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // the scratch owns the arena
    static Scratch allocate(ModelConfig config, int rowsMax) {
        Arena arena = Arena.ofShared();
        int queries = config.attention().querySize();
        int inner = config.feedForward().innerSize();
        return new Scratch(
                arena,
                rowsMax,
                Tensor.allocate(arena, DType.F32, rowsMax, config.hiddenSize()),
                Tensor.allocate(
                        arena,
                        DType.F32,
                        rowsMax,
                        queries + 2L * config.attention().keyValueSize()),
                Tensor.allocate(arena, DType.F32, rowsMax, queries),
                Tensor.allocate(arena, DType.F32, rowsMax, 2L * inner),
                Tensor.allocate(arena, DType.F32, rowsMax, inner));
    }

    @Override
    public void close() {
        arena.close();
    }
}
