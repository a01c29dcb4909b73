package corolla.kernels.cpu.onednn;

import corolla.tensor.DType;

/**
 * The shape of a product target (m, n) = source (m, k) · weights (k, n), all strides in elements.
 *
 * @param m rows, at least 2 unless of bytes: one row would take another kernel with other rounding
 * @param n columns of the target
 * @param k summed dimension
 * @param sourceStride from one source row to the next
 * @param weights F32 or BF16, with source and target F32; or I8, with the source I8 and the target I32
 * @param weightStrideK from one k to the next; 1 for weights stored (outputs, inputs)
 * @param weightStrideN from one n to the next; 1 for weights stored (inputs, outputs)
 * @param targetStride from one target row to the next
 * @param add whether the target's old content is added
 */
public record Multiplication(
        int m,
        int n,
        int k,
        long sourceStride,
        DType weights,
        long weightStrideK,
        long weightStrideN,
        long targetStride,
        boolean add) {

    public Multiplication {
        boolean known = weights == DType.F32 || weights == DType.BF16 || (weights == DType.I8 && !add);
        if (m < (weights == DType.I8 ? 1 : 2) || n < 1 || k < 1 || !known) {
            throw new IllegalArgumentException(
                    "no product of " + m + " x " + k + " by " + k + " x " + n + " " + weights);
        }
    }

    Multiplication withRows(int rows) {
        return new Multiplication(rows, n, k, sourceStride, weights, weightStrideK, weightStrideN, targetStride, add);
    }

    long sourceElementBytes() {
        return weights == DType.I8 ? Byte.BYTES : Float.BYTES;
    }

    long sourceBytes() {
        return sourceElementBytes() * ((m - 1) * sourceStride + k);
    }

    long weightBytes() {
        return weights.bytes((k - 1) * weightStrideK + (n - 1) * weightStrideN + 1);
    }

    long targetBytes() {
        return Float.BYTES * ((m - 1) * targetStride + n);
    }
}
