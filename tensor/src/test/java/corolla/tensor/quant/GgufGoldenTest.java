package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against the reference implementation: see {@code golden/gguf/README.md}. */
final class GgufGoldenTest {

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4"})
    void decodesAsTheReference(DType dtype) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            String name = dtype.name().toLowerCase(Locale.ROOT);
            Tensor groups = groups(arena, dtype, name + ".bin");
            float[] decoded = new float[Math.toIntExact(groups.elements())];
            Elements.decodeRow(groups, 0, decoded);
            float[] expected = floats(name + ".f32");
            assertThat(decoded).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                // Adding zero takes the sign from zeros.
                assertThat(decoded[i] + 0f).as("%s element %d", dtype, i).isEqualTo(expected[i] + 0f);
            }
        }
    }

    @Test
    void mxfp4EncodesAsTheReference() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            float[] numbers = floats("mxfp4-numbers.f32");
            Tensor encoded = Elements.convert(arena, Tensor.of(arena, numbers, 1, numbers.length), DType.MXFP4);
            assertThat(encoded.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(bytes("mxfp4-numbers.bin"));
        }
    }

    /** What was decoded is representable, so encoding it again must find it, up to the search for the scales. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
    void codesSurviveTheWayBack(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            float[] numbers = new float[dtype.elementsPerGroup()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = i * 37 % 63 - 31; // each run of 16 spans the whole range
            }
            Tensor encoded = Elements.convert(arena, Tensor.of(arena, numbers, 1, numbers.length), dtype);
            byte[] codes = new byte[numbers.length];
            Codes.read(dtype, encoded.data(), 0, codes);
            float[] decoded = new float[numbers.length];
            Elements.decodeRow(encoded, 0, decoded);
            float step = dtype == DType.Q4_K ? 62f / 15 : dtype == DType.Q5_K ? 2 : 1;
            for (int i = 0; i < numbers.length; i++) {
                assertThat(codes[i]).as("code %d", i).isBetween((byte) 0, (byte) 63);
                assertThat(decoded[i])
                        .as("element %d", i)
                        .isBetween(numbers[i] - step * 0.7f, numbers[i] + step * 0.7f);
            }
        }
    }

    private static Tensor groups(Arena arena, DType dtype, String name) throws IOException {
        byte[] bytes = bytes(name);
        int columns = bytes.length / dtype.bytesPerGroup() * dtype.elementsPerGroup();
        Tensor tensor = Tensor.allocate(arena, dtype, 1, columns);
        tensor.data().copyFrom(MemorySegment.ofArray(bytes));
        return tensor;
    }

    private static float[] floats(String name) throws IOException {
        return MemorySegment.ofArray(bytes(name)).toArray(Tensor.FLOAT);
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = GgufGoldenTest.class.getResourceAsStream("/golden/gguf/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }
}
