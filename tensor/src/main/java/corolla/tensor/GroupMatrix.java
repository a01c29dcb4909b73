package corolla.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A linear map for each group of rows: y = x · W_gᵀ + b_g. Experts are such, and so are projections of single heads.
 *
 * @param matrices one a group, all of one shape; of the kernels that use them
 * @param biases f32 (groups, outputs), or null
 */
public record GroupMatrix(List<Matrix> matrices, @Nullable Tensor biases) {

    public GroupMatrix {
        matrices = List.copyOf(matrices);
        if (matrices.isEmpty()) {
            throw new IllegalArgumentException("a group matrix needs a matrix");
        }
        Matrix first = matrices.getFirst();
        for (Matrix matrix : matrices) {
            if (matrix.rows() != first.rows() || matrix.columns() != first.columns()) {
                throw new IllegalArgumentException("group matrix of (" + first.rows() + ", " + first.columns()
                        + ") and (" + matrix.rows() + ", " + matrix.columns() + ")");
            }
        }
        if (biases != null) {
            Check.floats("biases", biases);
            Check.columns("biases", biases, first.rows());
            if (biases.rows() != matrices.size()) {
                throw new IllegalArgumentException("biases " + biases + " for " + matrices.size() + " groups");
            }
        }
    }

    /** Size of an output. */
    public long rows() {
        return matrices.getFirst().rows();
    }

    /** Size of an input. */
    public long columns() {
        return matrices.getFirst().columns();
    }

    /** Memory of all matrices; a pass reads those whose groups have rows. */
    public long bytes() {
        return matrices.stream().mapToLong(Matrix::bytes).sum();
    }
}
