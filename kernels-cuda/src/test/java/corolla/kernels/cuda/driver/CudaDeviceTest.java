package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Devices, memory and streams on emulated CUDA. */
final class CudaDeviceTest {
    private static final Grid GRID = new Grid(2, 1, 1, 64);
    private static final String SOURCE = """
            extern "C" __global__ void fill(int* out, int first, float step) {
                int i = blockIdx.x * 64 + threadIdx.x;
                out[i] = first + (int) (step * i);
            }
            """;

    private final CudaDriver driver = CudaDriver.open(EmulatedCuda.libraries()).orElseThrow();
    private final CudaDevice device = CudaDevice.open(driver, 0);
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
        device.close();
    }

    private CudaModule module() {
        KernelCompiler compiler = KernelCompiler.open(
                        EmulatedCuda.libraries(), EmulatedCuda.folder(), device.computeCapability())
                .orElseThrow();
        return device.load(compiler.compile("fill.cu", SOURCE, List.of()), "fill");
    }

    @Test
    void saysWhatItIs() {
        assertThat(device.name()).isEqualTo("emulated by g++ (cuda:0)");
        assertThat(device.computeCapability()).isEqualTo(90);
        assertThat(device.sharesMemory()).isTrue();
        assertThat(device.bytesTotal()).isGreaterThan(device.bytesFree() - 1);
    }

    @Test
    void kernelWritesWhatTheHostReadsAfterItHasWaited() {
        DeviceMemory memory = device.allocate(arena, 512);
        MemorySegment result = arena.allocate(512);
        try (CudaModule module = module();
                CudaStream stream = device.createStream(BatchLimits.defaults())) {
            Arguments arguments = new Arguments();
            stream.launch(
                    module.function("fill"),
                    GRID,
                    arguments.clear().wide(memory.address()).integer(7).real(2));
            arguments.clear().wide(0).integer(0).real(0); // the launch has copied them
            stream.copyToHost(result, memory.address());
            stream.synchronize();
        }
        int[] numbers = result.toArray(ValueLayout.JAVA_INT);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(numbers[i]).isEqualTo(7 + 2 * i);
        }
    }

    @Test
    void memoryIsFreedWithItsArenaAndMayOutliveTheDevicesOwner() {
        long before = device.bytesFree();
        try (Arena passing = Arena.ofConfined()) {
            device.allocate(passing, 1000);
            device.allocateManaged(passing, 24);
            device.allocatePinned(passing, 5000).fill((byte) 1);
            assertThat(device.bytesFree()).isEqualTo(before - 1024);
        }
        assertThat(device.bytesFree()).isEqualTo(before);
        CudaDevice other = CudaDevice.open(driver, 0);
        try (Arena passing = Arena.ofConfined()) {
            MemorySegment managed = other.allocateManaged(passing, 64);
            other.close();
            managed.fill((byte) 3);
        }
        assertThat(device.bytesFree()).isEqualTo(before);
    }

    @Test
    void tooMuchMemoryIsRefusedWithSizeAndAdvice() {
        assertThatThrownBy(() -> device.allocate(arena, 1L << 40))
                .isInstanceOfSatisfying(CudaException.class, e -> {
                    assertThat(e.code()).isEqualTo(CudaException.OUT_OF_MEMORY);
                    assertThat(e.isFatal()).isFalse();
                })
                .hasMessageContainingAll("1099511627776 bytes", "CUDA_ERROR_OUT_OF_MEMORY", "fewer blocks");
    }

    @Test
    void deviceThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> CudaDevice.open(driver, 3))
                .hasMessageContainingAll("device 3", "CUDA_ERROR_INVALID_DEVICE");
    }

    @Test
    void kernelThatIsNotInAModuleIsRefused() {
        try (CudaModule module = module()) {
            assertThatThrownBy(() -> module.function("empty")).hasMessageContainingAll("empty", "CUDA_ERROR_NOT_FOUND");
        }
        assertThatThrownBy(() -> device.load(new byte[] {1, 2, 3, 4}, "nonsense"))
                .hasMessageContainingAll("nonsense", "CUDA_ERROR_INVALID_IMAGE");
    }

    @Test
    void lostDeviceIsToldWhoWaitsAndMemoryStillCloses() {
        EmulatedFailure.next(719);
        try (Arena passing = Arena.ofConfined();
                CudaModule module = module();
                CudaStream stream = device.createStream(BatchLimits.defaults())) {
            DeviceMemory memory = device.allocate(passing, 512);
            stream.launch(
                    module.function("fill"),
                    GRID,
                    new Arguments().wide(memory.address()).integer(0).real(0));
            assertThatThrownBy(stream::synchronize)
                    .isInstanceOfSatisfying(
                            CudaException.class, e -> assertThat(e.isFatal()).isTrue())
                    .hasMessageContainingAll("fill", "CUDA_ERROR_LAUNCH_FAILED", "start it again");
        } finally {
            EmulatedFailure.next(0);
        }
    }
}
