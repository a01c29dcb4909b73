package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider;

/** Offers {@link CudaKernels} on the first device where there is one with its driver and NVRTC. */
public final class CudaKernelsProvider implements KernelsProvider {

    /** For {@link java.util.ServiceLoader}. */
    public CudaKernelsProvider() {}

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int preference() {
        return 20;
    }

    @Override
    public Offer offer(KernelsOptions options) {
        return CudaStart.start(CudaLibraries.ofSystem(), options.cacheFolder(), 0);
    }
}
