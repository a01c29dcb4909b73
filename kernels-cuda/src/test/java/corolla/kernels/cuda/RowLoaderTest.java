package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.compute.Member;
import corolla.kernels.cuda.driver.EmulatedCopies;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** Weights on their way to the device. */
final class RowLoaderTest {

    @Test
    void rowsArePackedWhileTheLastPieceIsCopied() {
        int columns = 4093; // rows are padded
        int rows = 1100;
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofShared()) {
            Matrix matrix;
            EmulatedCopies before = EmulatedCopies.soFar();
            try (Arena passing = Arena.ofConfined()) {
                Tensor weights = Tensor.allocate(passing, DType.F32, rows, columns);
                for (int row = 0; row < rows; row++) {
                    weights.setFloat((long) row * columns + row, row);
                }
                matrix = kernels.matrix(arena, weights);
            }
            EmulatedCopies copied = EmulatedCopies.soFar().since(before);
            assertThat(copied.ordinary()).isZero();
            assertThat(copied.pieces()).isEqualTo(5);
            assertThat(copied.halts()).as("all but the last two").isEqualTo(3);

            Tensor x = Tensor.allocate(arena, DType.F32, 1, columns);
            for (int i = 0; i < columns; i++) {
                x.setFloat(i, 1);
            }
            Tensor y = Tensor.allocate(arena, DType.F32, 1, rows);
            kernels.multiply(Member.alone(), x, matrix, y);
            for (int row = 0; row < rows; row++) {
                assertThat(y.getFloat(row)).isEqualTo(row);
            }
        }
    }
}
