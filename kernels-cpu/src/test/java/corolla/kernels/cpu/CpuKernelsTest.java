package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Matrix;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.contract.LoneMember;
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
            assertThatThrownBy(() -> kernels.matrix(arena, heap)).hasMessageContaining("heap");
            assertThatThrownBy(() -> kernels.multiply(me, heap, matrix, out)).hasMessageContaining("heap");
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
