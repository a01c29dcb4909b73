package corolla.model;

import corolla.tensor.DType;

/**
 * Largest absolute differences that pass, for outputs of the size that the golden models have (standard deviation about
 * 20 for blocks, logits alike): what rounding of weights and, in 16-bit matrix units, of activations brings. Those of the
 * gradient are relative to its largest value.
 */
record VerificationTolerance(double block, double logits, double gradient) {

    static VerificationTolerance of(DType weights) {
        return switch (weights) {
            case F32, F64 -> new VerificationTolerance(1e-4, 1e-3, 1e-3);
            case F16 -> new VerificationTolerance(0.05, 0.2, 0.05); // 11 bits of mantissa
            case BF16 -> new VerificationTolerance(0.5, 1.5, 0.3); // 8 bits of mantissa
            default -> new VerificationTolerance(5, 10, 1); // a few bits a weight: a plausibility check
        };
    }
}
