package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.AttentionCall;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;

/**
 * One chunk of rows on its way through blocks: views of the hidden state and of scratch. n rows, H the hidden size.
 *
 * @param hidden (n, H), changed in place
 * @param normed (n, H)
 * @param queryKeyValue (n, querySize + 2 · keyValueSize)
 * @param attended (n, querySize)
 * @param gateUp (n, 2 · I)
 * @param inner (n, I)
 * @param attention one call for each block
 */
record BlockPass(
        Tensor hidden,
        Tensor normed,
        Tensor queryKeyValue,
        Tensor attended,
        Tensor gateUp,
        Tensor inner,
        AttentionCall[] attention) {

    /** One block: hidden += attention(norm(hidden)); hidden += feedForward(norm(hidden)). Every member ends at a barrier. */
    void run(Member me, Kernels kernels, BlockWeights weights, float epsilon, int index) {
        kernels.rmsNorm(me, hidden, weights.attentionNorm(), epsilon, normed);
        me.barrier();
        kernels.multiply(me, normed, weights.queryKeyValue(), queryKeyValue);
        me.barrier();
        kernels.rotate(me, attention[index]);
        me.barrier();
        kernels.attention(me, attention[index]);
        me.barrier();
        kernels.multiplyAdd(me, attended, weights.attentionOutput(), hidden);
        me.barrier();
        kernels.rmsNorm(me, hidden, weights.feedForwardNorm(), epsilon, normed);
        me.barrier();
        kernels.multiply(me, normed, weights.gateUp(), gateUp);
        me.barrier();
        kernels.swiglu(me, gateUp, inner);
        me.barrier();
        kernels.multiplyAdd(me, inner, weights.down(), hidden);
        me.barrier();
    }
}
