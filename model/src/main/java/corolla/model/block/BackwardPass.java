package corolla.model.block;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The backward of a block for some whole sequences: {@link BlockPass} once more, and back again. Views of scratch; n rows, H
 * the hidden size.
 *
 * @param start first row of the hidden state
 * @param rows n
 * @param normed (n, H), then its gradient
 * @param middle (n, H): the hidden state between attention and feed-forward; where branches are parallel the gradient of the
 *     feed-forward part's input
 * @param branch what attention adds before its norm, and its gradient, where branches have norms of their own; else null
 * @param latent (n, latentSize)
 * @param attention its {@code dOut} is the same memory as its forward's output
 * @param feedForward pieces that cover the n rows
 * @param adapted the adapter of all rows, or null
 */
record BackwardPass(
        int start,
        int rows,
        Tensor normed,
        Tensor middle,
        @Nullable Branch branch,
        Tensor latent,
        AttentionBackwardCall attention,
        List<Piece> feedForward,
        @Nullable AdaptedParts adapted) {

    /**
     * What a branch adds before its norm.
     *
     * @param output (n, H)
     * @param gradient (n, H)
     */
    record Branch(Tensor output, Tensor gradient) {}

    /**
     * Turns the gradient of a block's output into that of its input. Every member ends at a barrier.
     *
     * @param input (n, H), the block's input
     * @param gradient (n, H), changed in place
     */
    void run(Worker member, BlockWeights weights, Tensor input, Tensor gradient) {
        Worker worker = member.with(adapted);
        weights.attentionNorm().apply(worker, input, normed);
        worker.barrier();
        weights.attention().attend(worker, normed, attention.forward(), attention.unnormed(), latent);
        if (weights.config().layout().isParallel()) {
            runParallel(worker, weights, input, gradient);
        } else {
            runSequential(worker, weights, input, gradient);
        }
    }

    /** The residual stays: each branch adds its part to the gradient, the last branch first. */
    private void runSequential(Worker worker, BlockWeights weights, Tensor input, Tensor gradient) {
        computeMiddle(worker, weights, input);
        for (Piece piece : feedForward) {
            piece.run(worker, weights, gradient.slice(piece.start, piece.end));
        }
        Tensor dOutput = gradient; // of what the output projection makes
        if (branch != null) {
            dOutput = branch.gradient;
            backThroughNorm(worker, weights.attentionPostNorm(), branch.output, gradient, dOutput);
        }
        attentionBackward(worker, weights, dOutput);
        weights.attentionNorm().backward(worker, input, normed, gradient);
        worker.barrier();
    }

    private void computeMiddle(Worker worker, BlockWeights weights, Tensor input) {
        worker.copy(input, middle);
        if (branch == null) {
            worker.barrier();
            weights.attention().output(worker, attention.forward(), latent, middle, true);
        } else {
            weights.attention().output(worker, attention.forward(), latent, branch.output, false);
            worker.barrier();
            Objects.requireNonNull(weights.attentionPostNorm()).addTo(worker, branch.output, middle);
        }
        worker.barrier();
    }

    /** Both branches start from the gradient as it came; only then it changes. */
    private void runParallel(Worker worker, BlockWeights weights, Tensor input, Tensor gradient) {
        Norm feedForwardNorm = weights.feedForwardNorm();
        for (Piece piece : feedForward) {
            feedForwardNorm.apply(worker, input.slice(piece.start, piece.end), piece.normed);
            worker.barrier();
            Tensor dOut = gradient.slice(piece.start, piece.end);
            weights.feedForward().backward(worker, piece.normed, dOut, piece.space, piece.middle);
        }
        attentionBackward(worker, weights, gradient);
        weights.attentionNorm().backward(worker, input, normed, gradient);
        worker.barrier();
        feedForwardNorm.backward(worker, input, middle, gradient);
        worker.barrier();
    }

    /** From the gradient of what the output projection makes to that of the normed input, in {@code normed}. */
    private void attentionBackward(Worker worker, BlockWeights weights, Tensor dOutput) {
        weights.attention().outputBackward(worker, dOutput, attention, latent);
        weights.attention().backward(worker, attention, latent, normed);
    }

    /** dx = the gradient of x, where dy is that of norm(x); ends at a barrier. */
    private static void backThroughNorm(Worker worker, @Nullable Norm norm, Tensor x, Tensor dy, Tensor dx) {
        worker.zero(dx);
        worker.barrier();
        Objects.requireNonNull(norm).backward(worker, x, dy, dx);
        worker.barrier();
    }

    /**
     * The feed-forward part for some rows, forward and back; its inner tensors are the widest of a block, so it takes fewer
     * rows than attention, which needs whole sequences. m rows.
     *
     * @param start first row within the pass
     * @param end row after the last
     * @param middle (m, H)
     * @param normed (m, H)
     * @param space for m rows
     * @param input (m, H): what it adds before its norm, where it has one; then the gradient of its input
     * @param dOut (m, H): the gradient of what it adds before its norm, where it has one, else null
     */
    record Piece(
            long start,
            long end,
            Tensor middle,
            Tensor normed,
            FeedForwardSpace space,
            Tensor input,
            @Nullable Tensor dOut) {

        void run(Worker worker, BlockWeights weights, Tensor gradient) {
            FeedForward part = weights.feedForward();
            weights.feedForwardNorm().apply(worker, middle, normed);
            worker.barrier();
            Tensor dAdded = gradient;
            if (dOut != null) {
                part.forward(worker, normed, space, input, false);
                dAdded = dOut;
                backThroughNorm(worker, weights.feedForwardPostNorm(), input, gradient, dAdded);
            }
            part.backward(worker, normed, dAdded, space, input);
            weights.feedForwardNorm().backward(worker, middle, input, gradient);
            worker.barrier();
        }
    }
}
