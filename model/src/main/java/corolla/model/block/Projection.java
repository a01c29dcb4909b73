package corolla.model.block;

import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer: the one place through which every linear layer of a block goes, forward and backward, and where adapters
 * add to it. Immutable.
 *
 * @param plan what it is made of
 * @param weights (outputs, inputs)
 * @param bias f32 (outputs), or null
 */
record Projection(
        ProjectionPlan plan, Matrix weights, @Nullable Tensor bias) {

    Projection {
        if (bias != null && bias.elements() != weights.rows()) {
            throw new IllegalArgumentException("bias " + bias + " for a matrix of " + weights.rows() + " rows");
        }
    }

    /** y = x · Wᵀ + b. */
    void apply(Worker worker, Tensor x, Tensor y) {
        worker.kernels().multiply(worker.me(), x, weights, y);
        addRest(worker, x, y);
    }

    /** y += x · Wᵀ + b. */
    void addTo(Worker worker, Tensor x, Tensor y) {
        worker.kernels().multiplyAdd(worker.me(), x, weights, y);
        addRest(worker, x, y);
    }

    /** dx = dy · W. */
    void backward(Worker worker, Tensor dy, Tensor dx) {
        worker.kernels().multiplyTransposed(worker.me(), dy, weights, dx);
        AdaptedParts adapted = worker.adapted();
        if (adapted != null) {
            adapted.addGradientTo(worker, plan.slot(), dy, dx);
        }
    }

    private void addRest(Worker worker, Tensor x, Tensor y) {
        if (bias != null) {
            worker.kernels().addBias(worker.me(), weights, bias, y);
        }
        AdaptedParts adapted = worker.adapted();
        if (adapted != null) {
            adapted.addTo(worker, plan.slot(), x, y);
        }
    }

    /** Memory that one pass over the matrix reads. */
    long bytes() {
        return weights.bytes();
    }
}
