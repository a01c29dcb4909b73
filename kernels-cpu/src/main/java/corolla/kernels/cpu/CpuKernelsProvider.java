package corolla.kernels.cpu;

import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider;

/** Offers {@link CpuKernels} where the Vector API is there; does not touch its classes otherwise. */
public final class CpuKernelsProvider implements KernelsProvider {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** For {@link java.util.ServiceLoader}. */
    public CpuKernelsProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int preference() {
        return 10;
    }

    @Override
    public Offer offer(KernelsOptions options) {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            return new Offer.Refused(
                    "module " + VECTOR_MODULE + " is missing, start java with --add-modules " + VECTOR_MODULE);
        }
        return new Offer.Ready(CpuKernels.start(options.cacheFolder()));
    }
}
