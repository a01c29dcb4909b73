package corolla.model.block;

import corolla.model.block.ProjectionPlan.Slot;
import corolla.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** The feed-forward part of one block with its weights. Immutable. m rows, H the hidden size. */
sealed interface FeedForward permits DenseFeedForward, SparseFeedForward {

    /**
     * out = feedForward(input), or out += with {@code add}; ends at a barrier.
     *
     * @param input (m, H)
     * @param out (m, H), other memory than {@code input}
     */
    void forward(Worker worker, Tensor input, FeedForwardSpace space, Tensor out, boolean add);

    /**
     * Computes the forward again as far as it needs it, and goes back; ends at a barrier.
     *
     * @param input (m, H), as in the forward
     * @param dOut (m, H), the gradient of its output
     * @param dInput (m, H), overwritten; other memory than both
     */
    void backward(Worker worker, Tensor input, Tensor dOut, FeedForwardSpace space, Tensor dInput);

    /** Those that adapters may add to. */
    List<Projection> projections();

    /** What its experts' projections are made of, expert by expert; none where adapters cannot add to them. */
    default Map<Slot, List<ProjectionPlan>> experts() {
        return Map.of();
    }

    /** Memory that one pass over the matrices reads. */
    long bytes();
}
