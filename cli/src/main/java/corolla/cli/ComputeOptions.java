package corolla.cli;

import corolla.base.RealEnvironment;
import corolla.tensor.DeviceChoice;
import corolla.tensor.DeviceUnavailableException;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What computes. */
final class ComputeOptions {
    /** One bf16 product in the place of several. */
    static final String FAST_PRODUCTS = "--fast-products";

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

    @Option(
            names = FAST_PRODUCTS,
            description =
                    "On GPUs with cuBLASLt: prompts, forward and backward take one product of bf16 numbers in the place of two or three, as"
                            + " PyTorch computes in bf16. It costs accuracy: a session that is replayed on another server may"
                            + " go on differently from an undisturbed one. The processor takes no notice.")
    private boolean fastProducts;

    boolean fastProducts() {
        return fastProducts;
    }

    /** All devices that were named. */
    List<DeviceChoice> devices() {
        return devices(device);
    }

    /** What {@code --device} names. */
    static List<DeviceChoice> devices(String text) {
        try {
            return DeviceChoice.parseAll(text);
        } catch (IllegalArgumentException e) {
            throw new UserException("--device: " + e.getMessage(), e);
        }
    }

    /** Kernels of the device, which must be one; the caller closes them. */
    Kernels kernels() {
        List<DeviceChoice> devices = devices();
        if (devices.size() > 1) {
            throw new UserException("--device " + device + ": this command computes on one device");
        }
        return kernels(devices.getFirst(), fastProducts);
    }

    /** Kernels of a device; the caller closes them. */
    static Kernels kernels(DeviceChoice device, boolean fastProducts) {
        try {
            return Kernels.best(KernelsOptions.defaults().on(device).withFastProducts(fastProducts));
        } catch (DeviceUnavailableException e) {
            throw new UserException("--device: " + e.getMessage(), e);
        }
    }

    /** What auto has become. */
    static DeviceChoice found(DeviceChoice wished, Kernels kernels) {
        if (!wished.equals(DeviceChoice.AUTO)) {
            return wished;
        }
        return kernels.memory().isApart() ? new DeviceChoice.Cuda(0) : DeviceChoice.CPU;
    }

    /** An environment with a team for these kernels; the caller closes it before them. */
    RealEnvironment start(Kernels kernels) {
        return RealEnvironment.create(threadsOf(kernels));
    }

    /** How many threads compute. */
    int threadsOf(Kernels kernels) {
        if (threads != null && (threads < 1 || threads > THREADS_MAX)) {
            throw new UserException("--threads " + threads + " is not within 1 to " + THREADS_MAX);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        return threads == null ? kernels.members(cores) : threads;
    }
}
