package corolla.kernels.cuda;

import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider.Offer;

/** Our kernels on emulated CUDA. The caller closes them. */
final class EmulatedKernels {
    private EmulatedKernels() {}

    /** With cuBLASLt. */
    static Kernels start() {
        return start(EmulatedCuda.libraries(), false, BatchLimits.defaults());
    }

    /** The same with other batches of launches. */
    static Kernels start(BatchLimits limits) {
        return start(EmulatedCuda.libraries(), false, limits);
    }

    /** With cuBLASLt, and many rows rounded to bf16. */
    static Kernels startFast() {
        return start(EmulatedCuda.libraries(), true, BatchLimits.defaults());
    }

    static Kernels startWithoutCublas() {
        return start(EmulatedCuda.librariesWithoutCublas(), false, BatchLimits.defaults());
    }

    /** With cuBLASLt and other limits, so that small matrices are cut as well. */
    static Kernels start(ManyRows limits) {
        CudaLibraries libraries = EmulatedCuda.libraries();
        CudaDevice device = CudaDevice.open(CudaDriver.open(libraries).orElseThrow(), 0);
        KernelCompiler compiler = KernelCompiler.open(
                        libraries, EmulatedCuda.folder().resolve("cuda"), device.computeCapability())
                .orElseThrow();
        CublasProducts cublas = CublasProducts.open(libraries, device).orElseThrow();
        return new CudaKernels(new Gpu(device, compiler, cublas, BatchLimits.defaults()), limits, "emulated");
    }

    /** What the user might choose. */
    static KernelsOptions options() {
        return new KernelsOptions(EmulatedCuda.folder(), DeviceChoice.AUTO, false);
    }

    private static Kernels start(CudaLibraries libraries, boolean fast, BatchLimits limits) {
        return switch (CudaStart.start(libraries, options().withFastProducts(fast), limits)) {
            case Offer.Ready ready -> ready.kernels();
            case Offer.Refused refused -> throw new AssertionError("emulated CUDA: " + refused.reason());
        };
    }
}
