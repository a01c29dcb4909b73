package corolla.tensor;

/**
 * The backward of one attention layer, for {@link BackwardKernels#attention} and then {@link BackwardKernels#rotate}, with
 * a barrier between them.
 *
 * @param forward the call as {@link Kernels#rotate} left it: its queries are rotated, its caches hold keys and values. Every
 *     sequence is whole, from position 0: gradients do not flow into a cache's past
 * @param dOut f32 (rows, layout.outColumns()): the gradient of the forward's output
 * @param dQkv f32 (rows, layout.columns()), overwritten: the gradient of queries, keys and values
 */
public record AttentionBackwardCall(AttentionCall forward, Tensor dOut, Tensor dQkv) {

    public AttentionBackwardCall {
        Check.floats("gradient of the output", dOut);
        Check.floats("gradient of qkv", dQkv);
        Check.sameShape("attention out", forward.out(), "its gradient", dOut);
        Check.sameShape("qkv", forward.qkv(), "its gradient", dQkv);
        for (AttentionCall.Sequence sequence : forward.sequences()) {
            if (sequence.position() != 0) {
                throw new IllegalArgumentException("backward of a sequence that starts at position "
                        + sequence.position() + ", expected whole sequences");
            }
        }
    }
}
