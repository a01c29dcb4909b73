package corolla.kernels.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import corolla.kernels.cpu.machine.PanelProduct;
import corolla.kernels.cpu.machine.PanelShape;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Panels in machine code and by the Vector API. */
class PanelProductTest {
    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource({
        "Q4_0, 5, 32", "Q4_0, 100, 576", "Q4_0, 33, 4096",
        "Q4_1, 5, 32", "Q4_1, 100, 576", "Q4_1, 33, 4096",
        "Q8_0, 5, 32", "Q8_0, 100, 576", "Q8_0, 33, 4096"
    })
    void machineCodeHasTheBitsOfTheVectorKernel(DType dtype, int rows, int columns) {
        assumeTrue(
                Lanes.COUNT == PanelShape.LANES
                        && PanelProduct.of(new PanelShape(4, PanelShape.Heads.DECODED, 0))
                                .isPresent(),
                "no AVX-512 on Linux here");
        try (Arena arena = Arena.ofConfined()) {
            PanelPart part = PanelPart.pack(arena, Elements.convert(arena, floats(arena, rows, columns), dtype));
            int at = 7;
            float[] prepared = new float[at + part.preparedSize()];
            part.prepare(floats(arena, 1, columns).data(), 0, prepared, at);
            int tiles = (rows + part.tileRows() - 1) / part.tileRows();
            float[] expected = new float[16 * tiles];
            for (int row = 0; row < rows; row += part.tileRows()) {
                part.vectorDot(row, prepared, at, expected, row);
            }
            float[] sums = new float[3 + 16 * tiles + 1];
            part.dots(0, rows, rows, prepared, at, sums, 3, 0);
            assertThat(sums).startsWith(0, 0, 0).endsWith(0);
            assertThat(Arrays.copyOfRange(sums, 3, 3 + 16 * tiles)).containsExactly(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64})
    void numbersAloneHaveTheSameBits(int groups) {
        Nibbles numbers = new Nibbles();
        PanelProduct product = numbers.product();
        assumeTrue(product != null, "no AVX-512 on Linux here");
        try (Arena arena = Arena.ofConfined()) {
            int heads = 5 * Lanes.BYTES;
            MemorySegment panel = arena.allocate(heads + (long) groups * Nibbles.VECTORS * Lanes.BYTES);
            for (long i = 0; i < panel.byteSize(); i++) {
                panel.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            int columns = groups * PanelNumbers.GROUP;
            float[] x = new float[7 + columns + (1 + groups) * Lanes.COUNT];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian();
            }
            float[] expected = new float[Lanes.COUNT];
            numbers.dot(panel, heads, groups, x, 7, 7 + columns, expected, 0);
            float[] sums = new float[Lanes.COUNT];
            product.multiplyDecoded(panel, 0, heads, groups, x, 7, 7 + columns, sums, 0);
            assertThat(sums).containsExactly(expected);
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
