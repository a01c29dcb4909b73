package corolla.tensor;

import corolla.base.compute.Member;
import java.lang.foreign.Arena;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The mathematics of mixtures of experts beside {@link Kernels} and on its terms: all members call with the same arguments,
 * a barrier between dependent operations, results independent of the team's size. Rows that {@link Routing} sorted by
 * expert are multiplied an expert at a time, so that the weights of a chosen expert are read once for the whole batch and
 * those of others not at all.
 *
 * <p>A row's result depends on its batch exactly as far as in {@link Kernels}: what matters there is the size of the
 * batch, not how many of its rows chose the same expert. Forward operations come first, each followed by its backward.
 */
public interface ExpertKernels {

    /**
     * What these kernels need to choose experts and multiply by them in one go, where they can: those of a device, which is told nothing by the
     * host. Others have {@link Routing} and the operations below, which give the same.
     *
     * @param owner of what is made; the layer's matrices live as long
     */
    default Optional<RoutedExperts> routed(Arena owner, ExpertLayer layer) {
        return Optional.empty();
    }

    /**
     * {@link Routing#choose} for logits that may lie where these kernels work. A device hands them to the host, and waits
     * for that.
     *
     * @param correction f32 (experts) in the host's memory, or null
     */
    default void choose(Member me, Tensor logits, @Nullable Tensor correction, Routing routing) {
        routing.choose(me, logits, correction);
    }

    /** {@link Routing#chooseBackward} for logits that may lie where these kernels work. */
    default void chooseBackward(Member me, Tensor logits, Routing routing) {
        routing.chooseBackward(me, logits);
    }

    /** {@link Routing#gather} for tensors that may lie where these kernels work. */
    default void gather(Member me, Tensor x, Routing routing, Tensor sorted) {
        routing.gather(me, x, sorted);
    }

    /** y = x · W_gᵀ + b_g for the rows of each group. */
    void multiply(Member me, Tensor x, RowGroups groups, GroupMatrix w, Tensor y);

    /** dx = dy · W_g for the rows of each group. */
    void multiplyTransposed(Member me, Tensor dy, RowGroups groups, GroupMatrix w, Tensor dx);

    /** y[row] += Σ weight · sorted[place] over the choices of a row, in their order. */
    void combine(Member me, Tensor sorted, Routing routing, Tensor y);

    /**
     * The backward of {@link #combine} and of the projection before it as far as weights are concerned. For each place with
     * expert e and weight w: the routing's weight gradient becomes {@code inner · dInner + b_e · dSorted}, and dInner is
     * multiplied by w.
     *
     * @param inner (places, inner size): what the projection multiplied
     * @param dInner (places, inner size): gradients of the rows' outputs, not yet weighed, times the projection
     * @param dSorted (places, outputs): gradients of the rows' outputs, not yet weighed
     * @param projection of its biases alone
     */
    void combineBackward(
            Member me, Tensor inner, Tensor dInner, Tensor dSorted, GroupMatrix projection, Routing routing);

    /** y[row] += Σ sorted[place] over the choices of a row, in their order: the backward of {@link Routing#gather}. */
    void gatherBackward(Member me, Tensor sorted, Routing routing, Tensor y);

    /** out = gate of {@code gateUp}; a row of {@code gateUp} has all its gates, then all its ups. */
    void clampedSwiglu(Member me, ClampedSwiglu gate, Tensor gateUp, Tensor out);

    /** {@code gateUp} becomes its own gradient; where a number was cut off its gradient is 0. */
    void clampedSwigluBackward(Member me, ClampedSwiglu gate, Tensor gateUp, Tensor dOut);
}
