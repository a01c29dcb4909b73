package corolla.tensor;

import corolla.base.compute.Member;

/**
 * A block's routed experts where kernels choose them and multiply by them in one go, so that the host never knows which were chosen and waits for
 * nothing. Made by {@link ExpertKernels#routed}, used by those kernels' teams as all their operations are. Thread-safe.
 */
public interface RoutedExperts {

    /** Whether a batch of so many rows is given to {@link #forward}; others go the way over {@link Routing}. The same for all members. */
    boolean takes(long rows);

    /**
     * y = Σ weight · expert(x) over the choices of a row, in their order; or y += with {@code add}. Choices and weights have the bits of
     * {@link Routing#choose}, and a row's result does not depend on its batch.
     *
     * @param x f32 (rows, H)
     * @param logits f32 (rows, E), the router's
     * @param y f32 (rows, H), other memory than both
     * @throws IllegalArgumentException when shapes do not fit the layer, or rows are not taken
     */
    void forward(Member me, Tensor x, Tensor logits, Tensor y, boolean add);
}
