package corolla.kernels.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows in machine code and by the Vector API. */
class RowProductTest {
    private static final int RUNS = 4;

    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource({"BF16, 4, 32", "BF16, 5, 64", "BF16, 47, 576", "F16, 4, 32", "F16, 5, 64", "F16, 47, 576"})
    void machineCodeHasTheBitsOfTheVectorKernel(DType dtype, int rows, int columns) {
        MachineCode.assumeHere();
        try (Arena arena = Arena.ofConfined()) {
            RowPart part = RowPart.copy(arena, Elements.convert(arena, floats(arena, rows, columns), dtype));
            int size = part.preparedSize();
            int run = (rows + RUNS - 1) / RUNS;
            int sumsRun = run + 2;
            int sumsSize = RUNS * sumsRun + 1;
            for (int count : new int[] {1, 3}) {
                Tensor x = floats(arena, count, columns);
                float[] prepared = new float[count * size];
                float[] expected = new float[count * sumsSize];
                for (int i = 0; i < count; i++) {
                    part.prepare(x.data(), i * x.rowBytes(), prepared, i * size);
                    for (int row = 0; row < run; row++) {
                        part.dot(row, run, prepared, i * size, expected, i * sumsSize + row, sumsRun);
                    }
                }
                float[] sums = new float[expected.length];
                part.dots(0, 0, run, run, new DotPart.Activations(prepared, size, count, sums, sumsSize, sumsRun));
                assertThat(sums).as("%d rows of activations", count).containsExactly(expected);
            }
        }
    }

    private Tensor floats(Arena arena, long rows, long columns) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }
}
