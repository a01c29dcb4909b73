package corolla.kernels.cuda;

import corolla.kernels.cuda.cublas.CublasException;
import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.nvrtc.KernelCompilationException;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.tensor.DeviceChoice;
import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider.Offer;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Starts kernels on one device: driver, context, compiler, and the kernels that every block needs. */
final class CudaStart {
    private static final String FOLDER = "cuda";

    private CudaStart() {}

    /**
     * Tries.
     *
     * @param options compiled kernels go to a folder in the cache's; the first device where none is wished
     * @param limits of batches of launches
     */
    static Offer start(CudaLibraries libraries, KernelsOptions options, BatchLimits limits) {
        int ordinal = options.device() instanceof DeviceChoice.Cuda cuda ? cuda.ordinal() : 0;
        try {
            Optional<CudaDriver> driver = CudaDriver.open(libraries);
            if (driver.isEmpty()) {
                return new Offer.Refused(
                        "no libcuda.so.1, which NVIDIA's driver brings",
                        "Looked in " + libraries.places()
                                + ". Install NVIDIA's driver (nvidia-smi should list the device), or name the"
                                + " library's folder in " + CudaLibraries.VARIABLE);
            }
            int count = driver.get().deviceCount();
            if (ordinal >= count) {
                return new Offer.Refused(
                        "no device cuda:" + ordinal + ", the driver shows " + shown(driver.get(), count),
                        "CUDA_VISIBLE_DEVICES may hide devices; nvidia-smi lists all");
            }
            Starting starting = new Starting(
                    CudaDevice.open(driver.get(), ordinal), driver.get().version(), libraries, limits);
            return start(starting, options);
        } catch (CudaException | KernelCompilationException | IllegalArgumentException e) {
            return new Offer.Refused(String.valueOf(e.getMessage()));
        } catch (IllegalCallerException e) {
            return new Offer.Refused("native access is forbidden, start java with --enable-native-access=ALL-UNNAMED");
        }
    }

    /** {@code cuda:0 NVIDIA A100, cuda:1 NVIDIA A100}, or {@code none}. */
    private static String shown(CudaDriver driver, int count) {
        if (count == 0) {
            return "none";
        }
        return IntStream.range(0, count)
                .mapToObj(i -> "cuda:" + i + " " + driver.deviceName(i))
                .collect(Collectors.joining(", "));
    }

    /** What is there so far. */
    private record Starting(CudaDevice device, int version, CudaLibraries libraries, BatchLimits limits) {}

    private static Offer start(Starting starting, KernelsOptions options) {
        CudaDevice device = starting.device;
        CudaLibraries libraries = starting.libraries;
        try {
            Optional<KernelCompiler> compiler =
                    KernelCompiler.open(libraries, options.cacheFolder().resolve(FOLDER), device.computeCapability());
            if (compiler.isEmpty()) {
                device.close();
                return new Offer.Refused(
                        "no libnvrtc.so.12 or .13 for " + device.name() + "; install a CUDA toolkit, or pip's"
                                + " nvidia-cuda-nvrtc-cu12 and name its folder in " + CudaLibraries.VARIABLE,
                        "Looked in " + libraries.places());
            }
            return new Offer.Ready(kernels(starting, compiler.get(), options.fastProducts()));
        } catch (RuntimeException | Error failed) {
            device.close();
            throw failed;
        }
    }

    private static CudaKernels kernels(Starting starting, KernelCompiler compiler, boolean fastProducts) {
        CudaDevice device = starting.device;
        int version = starting.version;
        Cublas cublas = cublas(starting.libraries, device);
        try {
            String description = "cuda: " + device.name() + ", compute capability "
                    + device.computeCapability() / 10 + "." + device.computeCapability() % 10 + ", "
                    + (device.bytesTotal() >> 20) + " MiB, driver for CUDA " + version / 1000 + "."
                    + version % 1000 / 10
                    + ", " + compiler.description() + ", " + cublas.description
                    + (fastProducts && cublas.products != null ? ", fast products" : "");
            Gpu gpu = new Gpu(device, compiler, cublas.products, starting.limits);
            return new CudaKernels(gpu, ManyRows.of(fastProducts), description);
        } catch (RuntimeException | Error failed) {
            if (cublas.products != null) {
                cublas.products.close();
            }
            throw failed;
        }
    }

    /** cuBLASLt, or why there is none. */
    private record Cublas(@Nullable CublasProducts products, String description) {}

    private static Cublas cublas(CudaLibraries libraries, CudaDevice device) {
        try {
            Optional<CublasProducts> products = CublasProducts.open(libraries, device);
            return products.map(found -> new Cublas(found, found.description()))
                    .orElseGet(() -> new Cublas(
                            null,
                            "without cuBLASLt (prompts are slower; it comes with a CUDA toolkit, or with pip's"
                                    + " nvidia-cublas-cu12, whose folder " + CudaLibraries.VARIABLE + " may name)"));
        } catch (CublasException | IllegalArgumentException e) {
            return new Cublas(null, "without cuBLASLt (prompts are slower: " + e.getMessage() + ")");
        }
    }
}
