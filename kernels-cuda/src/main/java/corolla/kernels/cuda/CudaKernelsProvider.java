package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.tensor.DeviceChoice;
import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider;

/** Offers {@link CudaKernels} on the wished device, or the first, where there is one with its driver and NVRTC. */
public final class CudaKernelsProvider implements KernelsProvider {
    /** {@code off}: the driver gets every launch by itself, for comparison. */
    private static final String GRAPHS_VARIABLE = "COROLLA_CUDA_GRAPHS";

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
    public boolean serves(DeviceChoice device) {
        return !(device instanceof DeviceChoice.Cpu);
    }

    @Override
    public Offer offer(KernelsOptions options) {
        boolean graphs = !"off".equals(System.getenv(GRAPHS_VARIABLE));
        return CudaStart.start(CudaLibraries.ofSystem(), options, graphs ? BatchLimits.defaults() : BatchLimits.ALONE);
    }
}
