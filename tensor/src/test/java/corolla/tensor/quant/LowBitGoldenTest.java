package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.tensor.DType;
import corolla.tensor.NormalFloat;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** INT8 and NF4 against a rendering of their papers in numpy, floats of eight bits against torch. */
final class LowBitGoldenTest {

    record Row(DType dtype, float[] weights, byte[] encoded, float[] decoded) {
        static Row parse(String line) {
            String[] words = line.split(" ");
            return new Row(
                    DType.valueOf(words[0]), floats(words[1]), HexFormat.of().parseHex(words[2]), floats(words[3]));
        }

        private static float[] floats(String hex) {
            return MemorySegment.ofArray(HexFormat.of().parseHex(hex)).toArray(Tensor.FLOAT);
        }

        @Override
        public String toString() {
            return dtype + " of " + weights.length + " columns";
        }
    }

    static Stream<Row> rows() throws IOException {
        return Stream.concat(rows("/golden/lowbit.txt"), rows("/golden/float8.txt"));
    }

    private static Stream<Row> rows(String resource) throws IOException {
        try (InputStream in = LowBitGoldenTest.class.getResourceAsStream(resource)) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines().map(Row::parse);
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void rowIsEncodedAndDecodedAsByOthers(Row row) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.allocate(arena, row.dtype, 1, row.weights.length);
            Elements.encodeRow(row.weights, tensor, 0);
            assertThat(HexFormat.of().formatHex(tensor.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)))
                    .isEqualTo(HexFormat.of().formatHex(row.encoded));
            float[] decoded = new float[row.weights.length];
            Elements.decodeRow(tensor, 0, decoded);
            assertThat(decoded).containsExactly(row.decoded);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "NF4"})
    void zerosStayZeros(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor zeros = Tensor.allocate(arena, DType.F32, 2, 130);
            zeros.setFloat(5, 3); // one block of the first row has a scale
            Tensor back = Elements.convert(arena, Elements.convert(arena, zeros, dtype), DType.F32);
            assertThat(back.slice(1, 2).toFloats()).containsOnly(0);
            assertThat(back.getFloat(129)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "NF4"})
    void whatIsNotFiniteIsRefused(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor weights = Tensor.of(arena, new float[] {1, Float.NaN, 2}, 1, 3);
            assertThatThrownBy(() -> Elements.convert(arena, weights, dtype))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("NaN in column 1");
        }
    }

    @Test
    void nearestPointIsFound() {
        for (int code = 0; code < 16; code++) {
            assertThat(NormalFloat.nearest(NormalFloat.point(code))).isEqualTo(code);
        }
        assertThat(NormalFloat.nearest(-9)).isZero();
        assertThat(NormalFloat.nearest(9)).isEqualTo(15);
        assertThat(NormalFloat.nearest(0.86f)).isEqualTo(14);
        assertThat(NormalFloat.nearest(0.87f)).isEqualTo(15);
    }

    @Test
    void bitsAWeightAreThoseOfTheFormats() {
        assertThat(DType.NF4.bytes(Shape.of(3, 4096)) * 8.0 / (3 * 4096)).isBetween(4.125, 4.15);
        assertThat(DType.INT8.bytes(Shape.of(3, 4096)) * 8.0 / (3 * 4096)).isBetween(8.0, 8.01);
    }
}
