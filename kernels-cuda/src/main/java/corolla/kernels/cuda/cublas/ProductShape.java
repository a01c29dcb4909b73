package corolla.kernels.cuda.cublas;

/**
 * A product of matrices that lie row after row: outputs (rows, outputs) = inputs (rows, depth) · weights.
 *
 * @param weightRows what a row of the weights belongs to
 * @param rows of inputs and outputs
 * @param outputs columns of the outputs
 * @param depth how many products one sum has
 * @param weightStride elements from one row of the weights to the next; likewise the other strides
 */
public record ProductShape(
        Numbers numbers,
        WeightRows weightRows,
        long rows,
        long outputs,
        long depth,
        long weightStride,
        long inputStride,
        long outputStride) {

    /** Types of inputs and weights, and of outputs. */
    public enum Numbers {
        /** Sums in f32. */
        BF16_TO_F32(
                CublasNumber.CUDA_R_16BF,
                CublasNumber.CUDA_R_32F,
                CublasNumber.CUBLAS_COMPUTE_32F,
                CublasNumber.CUDA_R_32F),
        /** Exact sums. Strides, {@code outputs} and {@code depth} have to be multiples of four, and rows of weights belong to outputs. */
        INT8_TO_INT32(
                CublasNumber.CUDA_R_8I,
                CublasNumber.CUDA_R_32I,
                CublasNumber.CUBLAS_COMPUTE_32I,
                CublasNumber.CUDA_R_32I);

        private final CublasNumber factors;
        private final CublasNumber results;
        private final CublasNumber compute;
        private final CublasNumber scale;

        Numbers(CublasNumber factors, CublasNumber results, CublasNumber compute, CublasNumber scale) {
            this.factors = factors;
            this.results = results;
            this.compute = compute;
            this.scale = scale;
        }

        CublasNumber factors() {
            return factors;
        }

        CublasNumber results() {
            return results;
        }

        CublasNumber compute() {
            return compute;
        }

        CublasNumber scale() {
            return scale;
        }
    }

    /** What a row of the weights in memory is. */
    public enum WeightRows {
        /** The factors of one output: forward. */
        OUTPUTS,
        /** The factors of one element of the inputs' rows: backward. */
        DEPTH
    }

    public ProductShape {
        long weightColumns = weightRows == WeightRows.OUTPUTS ? depth : outputs;
        if (rows < 1
                || outputs < 1
                || depth < 1
                || weightStride < weightColumns
                || inputStride < depth
                || outputStride < outputs) {
            throw new IllegalArgumentException("product of " + rows + " rows of " + depth + " to " + outputs
                    + " outputs with strides of weights " + weightStride + ", inputs " + inputStride + ", outputs "
                    + outputStride);
        }
    }

    /** For messages. */
    @Override
    public String toString() {
        return rows + " rows of " + depth + " to " + outputs + " outputs, " + numbers + ", rows of weights are "
                + weightRows + ", strides " + weightStride + ", " + inputStride + ", " + outputStride;
    }
}
