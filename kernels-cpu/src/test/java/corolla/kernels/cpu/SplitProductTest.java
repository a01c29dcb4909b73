package corolla.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.contract.LoneMember;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What two bf16 halves in the place of an f32 may cost; where there is no AMX, f32 must do as well. */
final class SplitProductTest {
    private static final int ROWS = 270; // enough for tiles, too
    private static final int INPUTS = 1536; // two tiles deep
    private static final int OUTPUTS = 300; // two strips wide
    private static final double BOUND = 0x1p-15; // of the product of norms

    private final Kernels kernels = Kernels.best(KernelsOptions.defaults());
    private final Arena arena = Arena.ofConfined();
    private final Random random = new Random(11);

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    private Tensor floats(int rows, int columns, float size) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian() * size);
        }
        return tensor;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "NF4"})
    void errorIsSmallBesideTheNorms(DType dtype) {
        Tensor weights = Elements.convert(arena, floats(OUTPUTS, INPUTS, 0.05f), dtype);
        Matrix matrix = kernels.matrix(arena, weights);
        float[][] w = new float[OUTPUTS][INPUTS];
        for (int i = 0; i < OUTPUTS; i++) {
            Elements.decodeRow(weights, i, w[i]);
        }
        float[][] transposed = new float[INPUTS][OUTPUTS];
        for (int i = 0; i < INPUTS; i++) {
            for (int j = 0; j < OUTPUTS; j++) {
                transposed[i][j] = w[j][i];
            }
        }
        for (float size : new float[] {1e-30f, 1, 1e30f}) {
            Tensor x = floats(ROWS, INPUTS, size);
            Tensor y = Tensor.allocate(arena, DType.F32, ROWS, OUTPUTS);
            LoneMember.all(2, me -> kernels.multiply(me, x, matrix, y));
            assertThat(largestError(x, w, y)).as("%s forward, %s", dtype, size).isLessThan(BOUND);
            Tensor dy = floats(ROWS, OUTPUTS, size);
            Tensor dx = Tensor.allocate(arena, DType.F32, ROWS, INPUTS);
            LoneMember.all(2, me -> kernels.multiplyTransposed(me, dy, matrix, dx));
            assertThat(largestError(dy, transposed, dx))
                    .as("%s backward, %s", dtype, size)
                    .isLessThan(BOUND);
        }
    }

    /** Of y = x · wᵀ, relative to the norms of the rows multiplied. */
    private static double largestError(Tensor x, float[][] w, Tensor y) {
        double largest = 0;
        int columns = (int) x.columns();
        for (int row = 0; row < x.rows(); row += 67) {
            float[] left = x.slice(row, row + 1L).toFloats();
            for (int out = 0; out < w.length; out++) {
                double sum = 0;
                double leftNorm = 0;
                double rightNorm = 0;
                for (int k = 0; k < columns; k++) {
                    sum += (double) left[k] * w[out][k];
                    leftNorm += (double) left[k] * left[k];
                    rightNorm += (double) w[out][k] * w[out][k];
                }
                double error = Math.abs(y.getFloat((long) row * w.length + out) - sum);
                largest = Math.max(largest, error / Math.sqrt(leftNorm * rightNorm));
            }
        }
        return largest;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "Q4_1"})
    void whatIsNotFiniteShowsInItsRowAlone(DType dtype) {
        Matrix matrix = kernels.matrix(arena, Elements.convert(arena, floats(OUTPUTS, 64, 1), dtype));
        Tensor x = floats(ROWS, 64, 1);
        x.setFloat(3 * 64 + 5, Float.NaN);
        x.setFloat(7 * 64 + 5, Float.NEGATIVE_INFINITY);
        Tensor y = Tensor.allocate(arena, DType.F32, ROWS, OUTPUTS);
        LoneMember.all(2, me -> kernels.multiply(me, x, matrix, y));
        for (int row = 0; row < ROWS; row++) {
            for (float value : y.slice(row, row + 1L).toFloats()) {
                assertThat(Float.isFinite(value)).as("row %d", row).isEqualTo(row != 3 && row != 7);
            }
        }
    }

    @Test
    void blocksOfRowsCoverAllAndNeverLeaveOne() {
        for (int depth : new int[] {64, 8192, 1 << 21}) {
            for (int rows = 2; rows < 1100; rows++) {
                int rest = rows;
                while (rest > 0) {
                    int count = SplitProducts.count(rest, depth);
                    assertThat(count).as("of %d rows", rest).isBetween(2, rest);
                    rest -= count;
                }
                assertThat(rest).isZero();
            }
        }
    }
}
