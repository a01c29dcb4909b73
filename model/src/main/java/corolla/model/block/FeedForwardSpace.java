package corolla.model.block;

import corolla.tensor.Tensor;

/**
 * What a feed-forward part computes in, for m rows: views of scratch.
 *
 * @param projected (m, projectedSize)
 * @param inner (m, innerSize)
 */
record FeedForwardSpace(Tensor projected, Tensor inner) {}
