package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.driver.EmulatedFailure;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionLayer;
import corolla.tensor.DType;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsProvider.Offer;
import corolla.tensor.Matrix;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.contract.LoneMember;
import corolla.tensor.contract.Numeric;
import corolla.tensor.quant.Elements;
import corolla.tensor.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is special about kernels on a device; the contracts say the rest. */
final class CudaKernelsTest {
    private static final LoneMember ALONE = new LoneMember(0, 1);

    @Test
    void refusalSaysWhatIsMissing(@TempDir Path folder) {
        assertThat(CudaStart.start(CudaLibraries.in(folder), EmulatedKernels.options(), BatchLimits.defaults()))
                .isInstanceOfSatisfying(Offer.Refused.class, refused -> {
                    assertThat(refused.reason()).isEqualTo("no libcuda.so.1, which NVIDIA's driver brings");
                    assertThat(refused.help()).contains(folder.toString(), "COROLLA_CUDA_LIBS");
                });
        assertThat(CudaStart.start(
                        EmulatedCuda.libraries(),
                        EmulatedKernels.options().on(new DeviceChoice.Cuda(1)),
                        BatchLimits.defaults()))
                .isInstanceOfSatisfying(Offer.Refused.class, refused -> {
                    assertThat(refused.reason()).isEqualTo("no device cuda:1, the driver shows cuda:0 emulated by g++");
                    assertThat(refused.help()).contains("CUDA_VISIBLE_DEVICES");
                });
    }

    @Test
    void descriptionNamesDeviceAndCompiler() {
        EmulatedCuda.folder(); // no other device has just these names
        try (Kernels kernels = EmulatedKernels.start()) {
            assertThat(kernels.description())
                    .contains(
                            "emulated by g++",
                            "compute capability 9.0",
                            "driver for CUDA 12.6",
                            "NVRTC 12.6 for sm_90",
                            "cuBLASLt 12.6.4");
        }
        try (Kernels kernels = EmulatedKernels.startWithoutCublas()) {
            assertThat(kernels.description())
                    .contains("without cuBLASLt (prompts are slower", "nvidia-cublas-cu12", "COROLLA_CUDA_LIBS");
        }
        try (Kernels kernels = EmulatedKernels.startFast()) {
            assertThat(kernels.description()).endsWith("cuBLASLt 12.6.4, fast products");
        }
    }

    @Test
    void tensorsInTheHeapAreRefused() {
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofConfined()) {
            Tensor heap = new Tensor(MemorySegment.ofArray(new byte[32]), DType.F32, Shape.of(2, 4));
            Tensor other = Tensor.allocate(arena, DType.F32, 2, 4);
            assertThatThrownBy(() -> kernels.add(ALONE, heap, other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("heap");
        }
    }

    @Test
    void matricesOutliveWhatTheyWereMadeOf() {
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.INT8, DType.NF4, DType.Q4_1}) {
                Matrix matrix;
                try (Arena passing = Arena.ofConfined()) {
                    Tensor ones = Tensor.allocate(passing, DType.F32, 4, 64);
                    for (long i = 0; i < ones.elements(); i++) {
                        ones.setFloat(i, 1);
                    }
                    matrix = kernels.matrix(arena, Elements.convert(passing, ones, dtype));
                }
                assertThat(kernels.keepsViews(dtype)).isFalse();
                Tensor out = Tensor.allocate(arena, DType.F32, 1, 64);
                kernels.rows(ALONE, matrix, new int[] {3}, out);
                assertThat(out.getFloat(63)).as("%s", dtype).isCloseTo(1, within(1e-3f));
            }
        }
    }

    @Test
    void matricesOfOtherKernelsAreRefused() {
        try (Kernels kernels = EmulatedKernels.start();
                Kernels scalar = new ScalarKernels();
                Arena arena = Arena.ofConfined()) {
            Tensor x = Tensor.allocate(arena, DType.F32, 4, 4);
            Matrix matrix = scalar.matrix(arena, x);
            assertThatThrownBy(() -> kernels.multiply(ALONE, x, matrix, x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("other kernels");
        }
    }

    @Test
    void allDeviceMemoryIsFreed() {
        CudaDevice device =
                CudaDevice.open(CudaDriver.open(EmulatedCuda.libraries()).orElseThrow(), 0);
        long before = device.bytesFree();
        try (Arena arena = Arena.ofConfined()) {
            try (Kernels kernels = EmulatedKernels.start()) {
                Tensor x = Tensor.allocate(arena, DType.F32, 64, 4096);
                Matrix matrix = kernels.matrix(arena, x);
                Tensor out = Tensor.allocate(arena, DType.F32, 64, 64);
                kernels.multiply(ALONE, x, matrix, out);
                kernels.multiply(ALONE, x, matrix, out); // after the first, scratch is one slab that is large enough
                assertThat(before - device.bytesFree()).isGreaterThan(2 << 20);
            }
            assertThat(before - device.bytesFree()).isEqualTo(1 << 20);
        }
        assertThat(device.bytesFree()).isEqualTo(before);
        device.close();
    }

    @Test
    void lostDeviceEndsTheOperationWithItsError() {
        try (Arena arena = Arena.ofConfined();
                Kernels kernels = EmulatedKernels.start()) {
            Tensor x = Tensor.allocate(arena, DType.F32, 2, 4);
            EmulatedFailure.next(719);
            assertThatThrownBy(() -> kernels.scale(ALONE, 2, x))
                    .isInstanceOfSatisfying(
                            CudaException.class, e -> assertThat(e.isFatal()).isTrue())
                    .hasMessageContainingAll("scale", "CUDA_ERROR_LAUNCH_FAILED");
        } finally {
            EmulatedFailure.next(0);
        }
    }

    /** Long caches are worked on in parts: side by side for one token, one after the other in a prefill. */
    @Test
    void partsSideBySideGiveTheBitsOfAPrefill() {
        int tokens = 1100;
        for (int window : new int[] {AttentionLayer.NO_WINDOW, 600}) {
            try (Kernels kernels = EmulatedKernels.start();
                    Arena arena = Arena.ofConfined()) {
                AttentionLayer layer = AttentionLayer.of(2, 1, 6, 0.4f).withWindow(window);
                Tensor keys = Tensor.allocate(arena, DType.F32, 1, tokens, 6);
                Tensor values = Tensor.allocate(arena, DType.F32, 1, tokens, 6);
                Tensor qkv = Tensor.of(arena, Numeric.random(3, tokens * 24), tokens, 24);
                Tensor whole = Tensor.allocate(arena, DType.F32, tokens, 12);
                AttentionCall prefill =
                        new AttentionCall(layer, qkv, List.of(new Sequence(0, tokens, keys, values, 0)), whole);
                kernels.rotate(ALONE, prefill);
                kernels.attention(ALONE, prefill);
                for (int position : new int[] {511, 512, 1099}) {
                    Tensor alone = Tensor.allocate(arena, DType.F32, 1, 12);
                    kernels.attention(
                            ALONE,
                            new AttentionCall(
                                    layer,
                                    qkv.slice(position, position + 1),
                                    List.of(new Sequence(0, 1, keys, values, position)),
                                    alone));
                    assertThat(alone.toFloats())
                            .as("position %d, window %d", position, window)
                            .containsExactly(whole.slice(position, position + 1).toFloats());
                }
            }
        }
    }
}
