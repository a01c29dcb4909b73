package corolla.model.block;

import corolla.model.family.BlockConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;

/**
 * The widest rows that any block of a model needs, so that all can use the same scratch.
 *
 * @param hidden H
 * @param queries of one token
 * @param keyValues of one token: the width of its keys, and of its values
 * @param projected what the feed-forward part's first projection makes
 * @param inner what its activation makes
 * @param routed what routing to experts needs besides
 * @param latent what latent attention needs besides
 * @param cached keys and values of one token in a cache
 * @param hasPostNorms whether some block normalises what its branches add
 * @param hasHeadNorms whether some block normalises heads
 */
record BlockSizes(
        int hidden,
        int queries,
        int keyValues,
        int projected,
        int inner,
        int routed,
        int latent,
        int cached,
        boolean hasPostNorms,
        boolean hasHeadNorms) {

    static BlockSizes of(ModelConfig config) {
        int queries = 0;
        int keyValues = 0;
        int projected = 0;
        int inner = 0;
        int routed = 0;
        int latent = 0;
        int cached = 0;
        boolean hasPostNorms = false;
        boolean hasHeadNorms = false;
        for (BlockConfig block : config.blocks()) {
            queries = Math.max(queries, block.attention().querySize());
            keyValues = Math.max(keyValues, block.attention().keyValueSize());
            projected = Math.max(projected, block.feedForward().projectedSize());
            inner = Math.max(inner, block.feedForward().innerSize());
            routed = Math.max(routed, block.feedForward().routedSize(config.hiddenSize()));
            latent = Math.max(latent, block.attention().latentSize());
            cached = Math.max(cached, block.attention().cacheSize());
            hasPostNorms |= block.layout().hasPostNorms();
            hasHeadNorms |= block.attention().headNorms();
        }
        return new BlockSizes(
                config.hiddenSize(),
                queries,
                keyValues,
                projected,
                inner,
                routed,
                latent,
                cached,
                hasPostNorms,
                hasHeadNorms);
    }

    /** Width of a row of queries, keys and values. */
    int queryKeyValues() {
        return queries + 2 * keyValues;
    }

    /** The first {@code rows · columns} elements of a tensor as a matrix. */
    static Tensor view(Tensor memory, long rows, long columns) {
        return view(memory, 0, rows, columns);
    }

    /** As many elements from {@code start} on. */
    static Tensor view(Tensor memory, long start, long rows, long columns) {
        return new Tensor(
                memory.data()
                        .asSlice(memory.dtype().bytes(start), memory.dtype().bytes(rows * columns)),
                memory.dtype(),
                Shape.of(rows, columns));
    }
}
