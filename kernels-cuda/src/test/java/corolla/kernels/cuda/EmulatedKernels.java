package corolla.kernels.cuda;

import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.emulated.TestDevice;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider.Offer;

/** Our kernels on the device of tests, which is an emulated one unless {@link TestDevice} has been told of another. The caller closes them. */
final class EmulatedKernels {
    private EmulatedKernels() {}

    /** With cuBLASLt. */
    static Kernels start() {
        return start(TestDevice.libraries(), false, BatchLimits.defaults());
    }

    /** The same with other batches of launches. */
    static Kernels start(BatchLimits limits) {
        return start(TestDevice.libraries(), false, limits);
    }

    /** With cuBLASLt, and many rows rounded to bf16. */
    static Kernels startFast() {
        return start(TestDevice.libraries(), true, BatchLimits.defaults());
    }

    static Kernels startWithoutCublas() {
        return TestDevice.isReal()
                ? assembled(false, ManyRows.of(false))
                : start(EmulatedCuda.librariesWithoutCublas(), false, BatchLimits.defaults());
    }

    /** With cuBLASLt and other limits, so that small matrices are cut as well. */
    static Kernels start(ManyRows limits) {
        return assembled(true, limits);
    }

    private static Kernels assembled(boolean hasCublas, ManyRows limits) {
        CudaLibraries libraries = TestDevice.libraries();
        CudaDevice device = CudaDevice.open(
                CudaDriver.open(libraries).orElseThrow(), TestDevice.choice().ordinal());
        KernelCompiler compiler = KernelCompiler.open(
                        libraries, TestDevice.folder().resolve("cuda"), device.computeCapability())
                .orElseThrow();
        CublasProducts cublas =
                hasCublas ? CublasProducts.open(libraries, device).orElseThrow() : null;
        return new CudaKernels(new Gpu(device, compiler, cublas, BatchLimits.defaults()), limits, "of tests");
    }

    /** What the user might choose. */
    static KernelsOptions options() {
        return new KernelsOptions(TestDevice.folder(), TestDevice.choice(), false);
    }

    private static Kernels start(CudaLibraries libraries, boolean fast, BatchLimits limits) {
        return switch (CudaStart.start(libraries, options().withFastProducts(fast), limits)) {
            case Offer.Ready ready -> ready.kernels();
            case Offer.Refused refused -> throw new AssertionError("the device of tests: " + refused.reason());
        };
    }
}
