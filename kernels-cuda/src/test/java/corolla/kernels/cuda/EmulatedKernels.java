package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsProvider.Offer;

/** Our kernels on emulated CUDA. */
final class EmulatedKernels {
    private EmulatedKernels() {}

    /** Fresh ones; the caller closes them. */
    static Kernels start() {
        return start(BatchLimits.defaults());
    }

    static Kernels start(BatchLimits limits) {
        return switch (CudaStart.start(EmulatedCuda.libraries(), EmulatedCuda.folder(), 0, limits)) {
            case Offer.Ready ready -> ready.kernels();
            case Offer.Refused refused -> throw new AssertionError("emulated CUDA: " + refused.reason());
        };
    }
}
