package corolla.cli;

import corolla.base.RealEnvironment;
import corolla.tensor.DeviceChoice;
import corolla.tensor.DeviceUnavailableException;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What computes. */
final class ComputeOptions {
    private static final int THREADS_MAX = 1024;

    @Option(
            names = "--device",
            paramLabel = "auto|cpu|cuda:N",
            defaultValue = "auto",
            description =
                    "What computes: cuda:0 is the first of NVIDIA's GPUs, cpu the processor, auto a GPU where one works, else the"
                            + " processor. Default: ${DEFAULT-VALUE}.")
    private String device = "auto";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "How many threads compute. Default: one for each core; less where several servers share a machine; one with a GPU.")
    private @Nullable Integer threads;

    /** Kernels of the device; the caller closes them. */
    Kernels kernels() {
        try {
            return Kernels.best(KernelsOptions.defaults().on(DeviceChoice.parse(device)));
        } catch (IllegalArgumentException | DeviceUnavailableException e) {
            throw new UserException("--device: " + e.getMessage(), e);
        }
    }

    /** An environment with a team for these kernels; the caller closes it before them. */
    RealEnvironment start(Kernels kernels) {
        if (threads != null && (threads < 1 || threads > THREADS_MAX)) {
            throw new UserException("--threads " + threads + " is not within 1 to " + THREADS_MAX);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        return RealEnvironment.create(threads == null ? kernels.members(cores) : threads);
    }
}
