package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.nvrtc.KernelCompilationException;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.tensor.KernelsProvider.Offer;
import java.nio.file.Path;
import java.util.Optional;

/** Starts kernels on one device: driver, context, compiler, and the kernels that every block needs. */
final class CudaStart {
    private static final String FOLDER = "cuda";

    private CudaStart() {}

    /**
     * Tries.
     *
     * @param cacheFolder compiled kernels go to a folder in it
     * @param ordinal the device's number
     */
    static Offer start(CudaLibraries libraries, Path cacheFolder, int ordinal) {
        try {
            Optional<CudaDriver> driver = CudaDriver.open(libraries);
            if (driver.isEmpty()) {
                return new Offer.Refused("no libcuda.so.1, which NVIDIA's driver brings");
            }
            int count = driver.get().deviceCount();
            if (ordinal >= count) {
                return new Offer.Refused("no device cuda:" + ordinal + ", the driver shows " + count);
            }
            return start(driver.get(), libraries, cacheFolder, ordinal);
        } catch (CudaException | KernelCompilationException | IllegalArgumentException e) {
            return new Offer.Refused(String.valueOf(e.getMessage()));
        } catch (IllegalCallerException e) {
            return new Offer.Refused("native access is forbidden, start java with --enable-native-access=ALL-UNNAMED");
        }
    }

    private static Offer start(CudaDriver driver, CudaLibraries libraries, Path cacheFolder, int ordinal) {
        CudaDevice device = CudaDevice.open(driver, ordinal);
        try {
            Optional<KernelCompiler> compiler =
                    KernelCompiler.open(libraries, cacheFolder.resolve(FOLDER), device.computeCapability());
            if (compiler.isEmpty()) {
                device.close();
                return new Offer.Refused(
                        "no libnvrtc.so.12 or .13 for " + device.name() + "; install a CUDA toolkit, or pip's"
                                + " nvidia-cuda-nvrtc-cu12 and name its folder in " + CudaLibraries.VARIABLE);
            }
            String description = "cuda: " + device.name() + ", compute capability "
                    + device.computeCapability() / 10 + "." + device.computeCapability() % 10 + ", "
                    + (device.bytesTotal() >> 20) + " MiB, driver for CUDA " + driver.version() / 1000 + "."
                    + driver.version() % 1000 / 10 + ", " + compiler.get().description();
            return new Offer.Ready(new CudaKernels(new Gpu(device, compiler.get()), description));
        } catch (RuntimeException | Error failed) {
            device.close();
            throw failed;
        }
    }
}
