package corolla.model.block;

import corolla.base.compute.Member;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.util.List;

/**
 * The backward of a block for some whole sequences: {@link BlockPass} once more, and back again. Views of scratch; n rows, H
 * the hidden size.
 *
 * @param start first row of the hidden state
 * @param rows n
 * @param normed (n, H), then its gradient
 * @param attended (n, querySize), then its gradient
 * @param middle (n, H): the hidden state between attention and feed-forward
 * @param attention its forward writes {@code attended}, its {@code dOut} is the same memory
 * @param feedForward pieces that cover the n rows
 */
record BackwardPass(
        int start,
        int rows,
        Tensor normed,
        Tensor attended,
        Tensor middle,
        AttentionBackwardCall attention,
        List<FeedForward> feedForward) {

    /**
     * Turns the gradient of a block's output into that of its input. Every member ends at a barrier.
     *
     * @param input (n, H), the block's input
     * @param gradient (n, H), changed in place
     */
    void run(Member me, Kernels kernels, BlockWeights weights, float epsilon, Tensor input, Tensor gradient) {
        forwardToMiddle(me, kernels, weights, epsilon, input);
        for (FeedForward piece : feedForward) {
            piece.run(me, kernels, weights, epsilon, gradient.slice(piece.start, piece.end));
        }
        // Here the gradient is that of the middle. The output projection's branch goes through attention, the other is
        // the residual and stays.
        BackwardKernels backward = kernels.backward();
        kernels.multiplyTransposed(me, gradient, weights.attentionOutput(), attended);
        me.barrier();
        backward.attention(me, attention);
        me.barrier();
        backward.rotate(me, attention);
        me.barrier();
        kernels.multiplyTransposed(me, attention.dQkv(), weights.queryKeyValue(), normed);
        me.barrier();
        backward.rmsNorm(me, input, weights.attentionNorm(), epsilon, normed, gradient);
        me.barrier();
    }

    private void forwardToMiddle(Member me, Kernels kernels, BlockWeights weights, float epsilon, Tensor input) {
        AttentionCall call = attention.forward();
        kernels.rmsNorm(me, input, weights.attentionNorm(), epsilon, normed);
        Shares.copy(me, input, middle);
        me.barrier();
        kernels.multiply(me, normed, weights.queryKeyValue(), call.qkv());
        me.barrier();
        kernels.rotate(me, call);
        me.barrier();
        kernels.attention(me, call);
        me.barrier();
        kernels.multiplyAdd(me, attended, weights.attentionOutput(), middle);
        me.barrier();
    }

    /**
     * The feed-forward part for some rows, forward and back; its inner tensors are the widest of a block, so it takes fewer
     * rows than attention, which needs whole sequences.
     *
     * @param start first row within the pass
     * @param end row after the last
     * @param middle (m, H)
     * @param normed (m, H), then its gradient
     * @param gateUp (m, 2 · I), then its gradient
     * @param dInner (m, I)
     */
    record FeedForward(long start, long end, Tensor middle, Tensor normed, Tensor gateUp, Tensor dInner) {

        void run(Member me, Kernels kernels, BlockWeights weights, float epsilon, Tensor gradient) {
            BackwardKernels backward = kernels.backward();
            kernels.rmsNorm(me, middle, weights.feedForwardNorm(), epsilon, normed);
            me.barrier();
            kernels.multiply(me, normed, weights.gateUp(), gateUp);
            kernels.multiplyTransposed(me, gradient, weights.down(), dInner);
            me.barrier();
            backward.swiglu(me, gateUp, dInner);
            me.barrier();
            kernels.multiplyTransposed(me, gateUp, weights.gateUp(), normed);
            me.barrier();
            backward.rmsNorm(me, middle, weights.feedForwardNorm(), epsilon, normed, gradient);
            me.barrier();
        }
    }
}
