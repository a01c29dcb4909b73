package corolla.model.block;

import corolla.model.family.FeedForwardConfig;
import corolla.tensor.Routing;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a feed-forward part computes in, for m rows: views of scratch.
 *
 * @param projected (m, projectedSize)
 * @param inner (m, innerSize)
 * @param routed (m, routedSize)
 * @param routing of m rows to experts, or null
 */
record FeedForwardSpace(
        Tensor projected,
        Tensor inner,
        Tensor routed,
        @Nullable Routing routing) {

    /** Memory in the shapes of one block; each holds {@code rows} rows of the widest block. */
    static FeedForwardSpace of(
            FeedForwardConfig config, int hidden, int rows, Tensor projected, Tensor inner, Tensor routed) {
        return new FeedForwardSpace(
                BlockSizes.view(projected, rows, config.projectedSize()),
                BlockSizes.view(inner, rows, config.innerSize()),
                BlockSizes.view(routed, rows, config.routedSize(hidden)),
                config instanceof FeedForwardConfig.Sparse sparse ? new Routing(sparse.rule(), rows) : null);
    }
}
