package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * What the backward of one block computes in: attention for {@code rows} rows of whole sequences, the feed-forward part for
 * {@code innerRows} at a time. Lives in the arena of the call.
 *
 * @param normed (rows, H)
 * @param queryKeyValue (rows, querySize + 2 · keyValueSize)
 * @param queryKeyValueGradient of the same shape
 * @param keys rows · keyValueSize values, cut into sequences
 * @param values as many
 * @param attended (rows, querySize), then its gradient
 * @param middle (rows, H): the hidden state between attention and feed-forward
 * @param gateUp (innerRows, 2 · I)
 * @param inner (innerRows, I)
 */
record BackwardScratch(
        Tensor normed,
        Tensor queryKeyValue,
        Tensor queryKeyValueGradient,
        Tensor keys,
        Tensor values,
        Tensor attended,
        Tensor middle,
        Tensor gateUp,
        Tensor inner) {

    static BackwardScratch allocate(Arena arena, ModelConfig config, int rows, int innerRows) {
        AttentionConfig attention = config.attention();
        int queries = attention.querySize();
        int keys = attention.keyValueSize();
        int inner = config.feedForward().innerSize();
        return new BackwardScratch(
                Tensor.allocate(arena, DType.F32, rows, config.hiddenSize()),
                Tensor.allocate(arena, DType.F32, rows, queries + 2L * keys),
                Tensor.allocate(arena, DType.F32, rows, queries + 2L * keys),
                Tensor.allocate(arena, DType.F32, rows, keys),
                Tensor.allocate(arena, DType.F32, rows, keys),
                Tensor.allocate(arena, DType.F32, rows, queries),
                Tensor.allocate(arena, DType.F32, rows, config.hiddenSize()),
                Tensor.allocate(arena, DType.F32, innerRows, 2L * inner),
                Tensor.allocate(arena, DType.F32, innerRows, inner));
    }

    /** Bytes that {@link #allocate} takes. */
    static long bytes(ModelConfig config, long rows, long innerRows) {
        AttentionConfig attention = config.attention();
        long row = 2L * config.hiddenSize() + 3L * attention.querySize() + 6L * attention.keyValueSize();
        return DType.F32.bytes(
                rows * row + innerRows * 3L * config.feedForward().innerSize());
    }
}
