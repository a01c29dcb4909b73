package corolla.kernels.cpu.onednn;

import corolla.tensor.DType;

/**
 * The shape of a product target (m, n) = source (m, k) · weights (k, n), all strides in elements.
 *
 * @param m rows, at least 2 unless of bytes: one row would take another kernel with other rounding
 * @param n columns of the target
 * @param k summed dimension
 * @param source F32; BF16 with such weights; or I8 with such
 * @param sourceStride from one source row to the next
 * @param weights F32, BF16 or I8; the target is F32, or I32 with I8
 * @param weightStrideK from one k to the next; 1 for weights stored (outputs, inputs)
 * @param weightStrideN from one n to the next; 1 for weights stored (inputs, outputs)
 * @param targetStride from one target row to the next
 * @param add whether the target's old content is added
 */
public record Multiplication(
        int m,
        int n,
        int k,
        DType source,
        long sourceStride,
        DType weights,
        long weightStrideK,
        long weightStrideN,
        long targetStride,
        boolean add) {

    public Multiplication {
        boolean known = switch (weights) {
            case F32 -> source == DType.F32;
            case BF16 -> source == DType.F32 || source == DType.BF16;
            case I8 -> source == DType.I8 && !add;
            default -> false;
        };
        if (m < (weights == DType.I8 ? 1 : 2) || n < 1 || k < 1 || !known) {
            throw new IllegalArgumentException(
                    "no product of " + m + " x " + k + " " + source + " by " + k + " x " + n + " " + weights);
        }
    }

    /** Of f32 activations, or of bytes by bytes. */
    public Multiplication(
            int m,
            int n,
            int k,
            long sourceStride,
            DType weights,
            long weightStrideK,
            long weightStrideN,
            long targetStride,
            boolean add) {
        this(
                m,
                n,
                k,
                weights == DType.I8 ? DType.I8 : DType.F32,
                sourceStride,
                weights,
                weightStrideK,
                weightStrideN,
                targetStride,
                add);
    }

    Multiplication withRows(int rows) {
        return new Multiplication(
                rows, n, k, source, sourceStride, weights, weightStrideK, weightStrideN, targetStride, add);
    }

    long sourceElementBytes() {
        return source.bytes(1);
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
