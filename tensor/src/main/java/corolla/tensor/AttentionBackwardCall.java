package corolla.tensor;

import org.jspecify.annotations.Nullable;

/**
 * The backward of one attention layer, for {@link BackwardKernels#attention} and then {@link BackwardKernels#rotate}, with
 * a barrier between them.
 *
 * @param forward the call as {@link Kernels#rotate} left it: its queries are rotated, its caches hold keys and values. Every
 *     sequence is whole, from position 0: gradients do not flow into a cache's past
 * @param dOut f32 (rows, layout.outColumns()): the gradient of the forward's output
 * @param dQkv f32 (rows, layout.columns()), overwritten: the gradient of queries, keys and values
 * @param unnormed f32, as {@code dQkv}: queries and keys as they were before {@link Kernels#rotate}; needed where the layer
 *     normalises heads, null otherwise
 */
public record AttentionBackwardCall(
        AttentionCall forward,
        Tensor dOut,
        Tensor dQkv,
        @Nullable Tensor unnormed) {

    public AttentionBackwardCall {
        Check.floats("gradient of the output", dOut);
        Check.floats("gradient of qkv", dQkv);
        Check.sameShape("attention out", forward.out(), "its gradient", dOut);
        Check.sameShape("qkv", forward.qkv(), "its gradient", dQkv);
        if ((forward.layer().norms() == null) != (unnormed == null)) {
            throw new IllegalArgumentException("backward of attention "
                    + (unnormed == null ? "with head norms needs what was normed" : "without head norms"));
        }
        if (unnormed != null) {
            Check.floats("qkv before norms", unnormed);
            Check.sameShape("qkv", forward.qkv(), "qkv before norms", unnormed);
        }
        for (AttentionCall.Sequence sequence : forward.sequences()) {
            if (sequence.position() != 0) {
                throw new IllegalArgumentException("backward of a sequence that starts at position "
                        + sequence.position() + ", expected whole sequences");
            }
        }
    }
}
