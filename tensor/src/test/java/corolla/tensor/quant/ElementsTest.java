package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.contract.RandomTensors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ElementsTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 0",
        "F64, 0",
        "BF16, 0.004",
        "F16, 0.0005",
        "Q8_0, 0.02",
        "Q4_0, 0.4",
        "Q4_1, 0.25",
        "Q4_K, 0.3",
        "Q5_K, 0.15",
        "Q6_K, 0.1",
        "MXFP4, 1.01",
        "INT8, 0.02",
        "NF4, 0.6"
    })
    void encodedNumbersComeBackRounded(DType dtype, double error) {
        Tensor numbers = new RandomTensors(arena, 1).floats(7, 256);
        Tensor back = Elements.convert(arena, Elements.convert(arena, numbers, dtype), DType.F32);
        for (int i = 0; i < numbers.elements(); i++) {
            double tolerance = dtype.isQuantised() ? error : error * Math.abs(numbers.getFloat(i));
            assertThat((double) back.getFloat(i)).isCloseTo(numbers.getFloat(i), within(tolerance));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I8", "U8", "I16", "I32", "I64"})
    void integersAreExact(DType dtype) {
        Tensor numbers = Tensor.of(arena, new float[] {0, 1, 2, 100, 127}, 5);
        assertThat(Elements.convert(arena, Elements.convert(arena, numbers, dtype), DType.F32)
                        .toFloats())
                .containsExactly(0, 1, 2, 100, 127);
    }

    /** By hand from ggml's definition: d = 1, m = -2, q = i mod 16. */
    @Test
    void q41DecodesLowHalvesFirst() {
        byte[] group = HexFormat.of().parseHex("003c00c0" + "00112233445566778899aabbccddeeff");
        Tensor tensor = tensor(DType.Q4_1, group);
        float[] out = new float[32];
        Elements.decodeRow(tensor, 0, out);
        for (int i = 0; i < 32; i++) {
            assertThat(out[i]).isEqualTo(i % 16 - 2);
        }
    }

    @Test
    void q40SubtractsEight() {
        byte[] group = HexFormat.of().parseHex("0040" + "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        float[] out = new float[32];
        Elements.decodeRow(tensor(DType.Q4_0, group), 0, out);
        for (int i = 0; i < 16; i++) {
            assertThat(out[i]).isEqualTo(2 * (15 - i - 8));
            assertThat(out[16 + i]).isEqualTo(2 * (i - 8));
        }
    }

    @Test
    void q80IsScaleTimesByte() {
        byte[] group = HexFormat.of().parseHex("0038" + "ff7f8001".repeat(8));
        float[] out = new float[32];
        Elements.decodeRow(tensor(DType.Q8_0, group), 0, out);
        assertThat(out).startsWith(-0.5f, 63.5f, -64, 0.5f);
    }

    private Tensor tensor(DType dtype, byte[] bytes) {
        Tensor tensor = Tensor.allocate(arena, dtype, 1, 32);
        tensor.data().copyFrom(MemorySegment.ofArray(bytes));
        return tensor;
    }

    @Test
    void rowsOutsideAreRefused() {
        Tensor tensor = Tensor.allocate(arena, DType.BF16, 2, 3);
        assertThatThrownBy(() -> Elements.decodeRow(tensor, 2, new float[3]))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Elements.decodeRow(tensor, 0, new float[2]))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
