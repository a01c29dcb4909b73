package corolla.kernels.cuda.emulated;

import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.tensor.DeviceChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The device that tests of kernels run on: the emulated one, or the real one whose number {@link #VARIABLE} says ({@code bench/gpu.sh}). */
public final class TestDevice {
    private static final System.Logger LOG = System.getLogger(TestDevice.class.getName());
    private static final String ASKS_EMULATED = "only the emulated device can be asked that";

    /** In the environment. */
    public static final String VARIABLE = "COROLLA_TEST_DEVICE";

    private static final Optional<Path> REAL_FOLDER = Optional.ofNullable(System.getenv(VARIABLE))
            .filter(text -> !text.isBlank())
            .map(ignored -> temporary());

    private TestDevice() {}

    private static Path temporary() {
        try {
            return Files.createTempDirectory("corolla-kernels");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static boolean isReal() {
        return REAL_FOLDER.isPresent();
    }

    /** The real device, or the emulated one. */
    public static DeviceChoice.Cuda choice() {
        return new DeviceChoice.Cuda(
                isReal() ? Integer.parseInt(System.getenv(VARIABLE).strip()) : 0);
    }

    /** Where its libraries are. */
    public static CudaLibraries libraries() {
        return isReal() ? CudaLibraries.ofSystem() : EmulatedCuda.libraries();
    }

    /** Room for what is compiled for it. */
    public static Path folder() {
        return REAL_FOLDER.orElseGet(EmulatedCuda::folder);
    }

    /** Skips what asks the emulated device for what no other tells: its counts, its failures. */
    static void assumeEmulated() {
        if (isReal()) {
            LOG.log(System.Logger.Level.WARNING, "SKIPPED: " + ASKS_EMULATED);
        }
        Assumptions.assumeFalse(isReal(), ASKS_EMULATED);
    }
}
