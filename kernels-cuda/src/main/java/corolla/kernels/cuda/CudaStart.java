package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.nvrtc.KernelCompilationException;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.tensor.KernelsProvider.Offer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Starts kernels on one device: driver, context, compiler, and the kernels that every block needs. */
final class CudaStart {
    private static final String FOLDER = "cuda";

    private CudaStart() {}

    /**
     * Tries.
     *
     * @param cacheFolder compiled kernels go to a folder in it
     * @param ordinal the device's number
     * @param limits of batches of launches
     */
    static Offer start(CudaLibraries libraries, Path cacheFolder, int ordinal, BatchLimits limits) {
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
            return start(driver.get(), libraries, cacheFolder, ordinal, limits);
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

    private static Offer start(
            CudaDriver driver, CudaLibraries libraries, Path cacheFolder, int ordinal, BatchLimits limits) {
        CudaDevice device = CudaDevice.open(driver, ordinal);
        try {
            Optional<KernelCompiler> compiler =
                    KernelCompiler.open(libraries, cacheFolder.resolve(FOLDER), device.computeCapability());
            if (compiler.isEmpty()) {
                device.close();
                return new Offer.Refused(
                        "no libnvrtc.so.12 or .13 for " + device.name() + "; install a CUDA toolkit, or pip's"
                                + " nvidia-cuda-nvrtc-cu12 and name its folder in " + CudaLibraries.VARIABLE,
                        "Looked in " + libraries.places());
            }
            String description = "cuda: " + device.name() + ", compute capability "
                    + device.computeCapability() / 10 + "." + device.computeCapability() % 10 + ", "
                    + (device.bytesTotal() >> 20) + " MiB, driver for CUDA " + driver.version() / 1000 + "."
                    + driver.version() % 1000 / 10 + ", " + compiler.get().description();
            return new Offer.Ready(new CudaKernels(new Gpu(device, compiler.get(), limits), description));
        } catch (RuntimeException | Error failed) {
            device.close();
            throw failed;
        }
    }
}
