package corolla.kernels.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Panels in machine code and by the Vector API. */
class PanelProductTest {
    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource({
        "Q4_0, 5, 32",
        "Q4_0, 100, 608",
        "Q4_0, 33, 4096",
        "Q4_1, 5, 32",
        "Q4_1, 100, 608",
        "Q4_1, 33, 4096",
        "Q8_0, 5, 32",
        "Q8_0, 100, 608",
        "Q8_0, 33, 4096",
        "Q4_K, 5, 256",
        "Q4_K, 33, 4096",
        "Q5_K, 5, 256",
        "Q5_K, 33, 4096",
        "Q6_K, 5, 256",
        "Q6_K, 33, 4096",
        "MXFP4, 5, 32",
        "MXFP4, 100, 608",
        "NF4, 5, 20",
        "NF4, 100, 608",
        "NF4, 33, 17001"
    })
    void machineCodeHasTheBitsOfTheVectorKernel(DType dtype, int rows, int columns) {
        MachineCode.assumeHere();
        try (Arena arena = Arena.ofConfined()) {
            PanelPart part = PanelPart.pack(arena, Elements.convert(arena, floats(arena, rows, columns), dtype));
            int tiles = (rows + part.tileRows() - 1) / part.tileRows();
            for (int count : new int[] {1, 2, 3, 4, 7, 9}) {
                Tensor x = floats(arena, count, columns);
                int sumsSize = part.tileRows() * tiles + 3;
                float[] prepared = new float[count * part.preparedSize()];
                for (int i = 0; i < count; i++) {
                    part.prepare(x.data(), i * x.rowBytes(), prepared, i * part.preparedSize());
                }
                float[] expected = new float[count * sumsSize];
                for (int row = 0; row < rows; row += part.tileRows()) {
                    for (int i = 0; i < count; i++) {
                        part.dot(row, 0, prepared, i * part.preparedSize(), expected, i * sumsSize + row, 0);
                    }
                }
                float[] sums = new float[count * sumsSize];
                var activations =
                        new DotPart.Activations(prepared, part.preparedSize(), count, sums, sumsSize, sumsSize);
                part.dots(0, 0, rows, rows, activations);
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
