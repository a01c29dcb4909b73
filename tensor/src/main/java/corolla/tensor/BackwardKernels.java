package corolla.tensor;

import corolla.base.compute.Member;

/**
 * The backward rules of {@link Kernels} with respect to activations; weights are frozen, so none has a gradient. Called as
 * the forward operations are: by all members of a team with the same arguments, with {@code me.barrier()} between dependent
 * operations. Results do not depend on the size of the team.
 *
 * <p>A gradient named {@code dx} belongs to the tensor {@code x} and has its shape. The backward of a matrix product is
 * {@link Kernels#multiplyTransposed}; that of a residual addition is nothing: both branches get the same gradient, which
 * is why {@link #rmsNorm} adds to what is there. Thread-safe; shapes are checked at the door.
 */
public interface BackwardKernels {
    /** Marks a row that takes no part in a loss. */
    int NO_TARGET = -1;

    /** Backward of {@link Kernels#rmsNorm}: {@code dx += ∂L/∂x}, where x is the norm's input and dy its output's gradient. */
    void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx);

    /** Backward of {@link Kernels#layerNorm}: {@code dx += ∂L/∂x}, where x is the norm's input and dy its output's gradient. */
    void layerNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx);

    /**
     * Backward of {@link Kernels#gate}, in place: {@code gateUp} becomes its own gradient.
     *
     * @param gateUp (n, 2 · columns), the forward's input
     * @param dOut (n, columns)
     */
    void gate(Member me, Activation activation, Tensor gateUp, Tensor dOut);

    /**
     * Backward of {@link Kernels#activate}, in place: {@code x} becomes its own gradient.
     *
     * @param x (n, columns), the forward's input
     * @param dOut (n, columns)
     */
    void activate(Member me, Activation activation, Tensor x, Tensor dOut);

    /**
     * Backward of {@link Kernels#attention}: writes the gradients of rotated queries, rotated keys, and values. Probabilities
     * are computed again; memory beyond the call's is of the order of tokens · headSize for each member.
     */
    void attention(Member me, AttentionBackwardCall call);

    /**
     * Backward of {@link Kernels#rotate}: turns the gradients of queries and keys back, in place, and takes them back through
     * the norms of heads where there are any; those of values stay.
     */
    void rotate(Member me, AttentionBackwardCall call);

    /**
     * Softmax and cross-entropy of the target with its gradient: {@code loss[row] = -log softmax(logits[row])[target]}.
     *
     * @param logits (n, classes), becomes {@code scale · ∂loss / ∂logits}
     * @param targets a class for each row, or {@link #NO_TARGET}: then loss and gradient of the row are 0
     * @param scale what the gradient is multiplied by: 1 / count for a mean
     * @param losses (n, 1), overwritten; not scaled
     */
    void crossEntropy(Member me, Tensor logits, int[] targets, float scale, Tensor losses);
}
