package corolla.kernels.cuda;

import corolla.tensor.Activation;

/** The numbers of activations in {@code elementwise.cu}. */
final class ActivationCode {
    private ActivationCode() {}

    static int of(Activation activation) {
        return switch (activation) {
            case SILU -> 0;
            case GELU -> 1;
            case GELU_TANH -> 2;
        };
    }
}
