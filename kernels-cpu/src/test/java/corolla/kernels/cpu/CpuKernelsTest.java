package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Matrix;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.contract.LoneMember;
import corolla.tensor.quant.Elements;
import corolla.tensor.scalar.ScalarKernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CpuKernelsTest {

    @Test
    void serviceLoaderPrefersThem() {
        try (Kernels kernels = Kernels.best(KernelsOptions.defaults())) {
            assertThat(kernels).isInstanceOf(CpuKernels.class);
        }
    }

    @Test
    void startsWithoutOneDnnWhereItCannotBeUnpacked(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (Kernels kernels = CpuKernels.start(file)) {
            assertThat(kernels.description()).contains("without oneDNN");
        }
    }

    @Test
    void tensorsInTheHeapAreRefused() {
        LoneMember me = new LoneMember(0, 1);
        try (Kernels kernels = CpuKernels.vectorOnly();
                Arena arena = Arena.ofConfined()) {
            Tensor heap = new Tensor(MemorySegment.ofArray(new byte[32]), DType.F32, Shape.of(2, 4));
            Tensor weights = Tensor.allocate(arena, DType.F32, 4, 4);
            Matrix matrix = kernels.matrix(arena, weights);
            Tensor out = Tensor.allocate(arena, DType.F32, 2, 4);
            assertThatThrownBy(() -> kernels.multiply(me, heap, matrix, out)).hasMessageContaining("heap");
        }
    }

    @Test
    void matricesOutliveWhatTheyWereMadeOf() {
        try (Kernels kernels = CpuKernels.vectorOnly();
                Arena arena = Arena.ofConfined()) {
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16, DType.INT8, DType.NF4, DType.Q4_1}) {
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
                kernels.rows(new LoneMember(0, 1), matrix, new int[] {3}, out);
                assertThat(out.getFloat(63)).as("%s", dtype).isCloseTo(1, within(1e-3f));
            }
        }
    }

    @Test
    void matricesOfOtherKernelsAreRefused() {
        try (Kernels kernels = CpuKernels.vectorOnly();
                Kernels scalar = new ScalarKernels();
                Arena arena = Arena.ofConfined()) {
            Tensor x = Tensor.allocate(arena, DType.F32, 4, 4);
            Matrix matrix = scalar.matrix(arena, x);
            assertThatThrownBy(() -> kernels.multiply(new LoneMember(0, 1), x, matrix, x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("other kernels");
        }
    }
}
