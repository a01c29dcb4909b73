package corolla.swarm.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.swarm.Golden;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TensorCodecTest {

    static Stream<JsonNode> cases() {
        List<JsonNode> all = new ArrayList<>();
        Golden.json("tensors/manifest.json").forEach(all::add);
        return all.stream().filter(one -> one.has("protobuf"));
    }

    private static WireTensor read(JsonNode one) throws ProtocolException {
        return WireTensor.read(ProtoReader.of(Golden.bytes(one.get("protobuf").asText())));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void decodesBitForBit(JsonNode one) throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = TensorCodec.decode(read(one), arena);
            assertThat(tensor.dtype().torchName())
                    .isEqualTo(one.get("decoded_dtype").asText());
            assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(Golden.bytes(one.get("decoded").asText()));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void floatsAreTheDecodedValues(JsonNode one) throws Exception {
        WireTensor wire = read(one);
        if (!List.of("float32", "float16", "bfloat16").contains(wire.dtype())) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = TensorCodec.decode(wire, arena);
            float[] floats = floats(wire);
            for (int i = 0; i < floats.length; i++) {
                assertThat(Float.floatToRawIntBits(floats[i])).isEqualTo(Float.floatToRawIntBits(value(tensor, i)));
            }
        }
    }

    private static float value(Tensor tensor, int i) {
        return switch (tensor.dtype()) {
            case F32 -> tensor.data().getAtIndex(Tensor.FLOAT, i);
            case BF16 -> Floats.ofBfloat16(tensor.data().getAtIndex(Tensor.SHORT, i));
            default -> Float.float16ToFloat(tensor.data().getAtIndex(Tensor.SHORT, i));
        };
    }

    private static float[] floats(WireTensor wire) throws ProtocolException {
        float[] floats = new float[(int) wire.elements()];
        byte[] bytes = new byte[floats.length * Float.BYTES];
        TensorCodec.decodeFloats(wire, MemorySegment.ofArray(bytes));
        MemorySegment.copy(MemorySegment.ofArray(bytes), Tensor.FLOAT, 0, floats, 0, floats.length);
        return floats;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void encodesPlainAndHalfBitForBit(JsonNode one) throws Exception {
        boolean exact = List.of("NONE", "FLOAT16").contains(one.get("codec").asText());
        boolean floating = List.of("float32", "float16", "bfloat16")
                .contains(one.get("dtype").asText());
        boolean legacy = one.get("protobuf").asText().contains("legacy");
        if (!exact || !floating || legacy || one.get("requires_grad").asBoolean()) {
            return;
        }
        WireTensor expected = read(one);
        DType type = WireTypes.of(expected);
        byte[] in = Golden.bytes(one.get("input").asText());
        WireTensor input = WireTensor.of(in, expected.dtype(), Compression.NONE, expected.sizes());
        try (Arena arena = Arena.ofConfined()) {
            Tensor values = Tensor.allocate(arena, DType.F32, expected.sizes());
            TensorCodec.decodeFloats(input, values.data());
            WireTensor encoded = TensorCodec.encode(values, type, expected.compression());
            assertThat(encoded.write().toByteArray())
                    .isEqualTo(Golden.bytes(one.get("protobuf").asText()));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void everyCompressionComesBackClose(Compression compression) throws Exception {
        var random = new Random(7);
        float[] values = new float[3 * 2048];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        try (Arena arena = Arena.ofConfined()) {
            WireTensor wire = TensorCodec.encode(Tensor.of(arena, values, 1, 3, 2048), DType.F32, compression);
            float[] back = floats(wire);
            double error = 0;
            for (int i = 0; i < values.length; i++) {
                error += Math.abs(back[i] - values[i]) / values.length;
            }
            assertThat(error).as("mean error of %s", compression).isCloseTo(0, within(0.02));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void theReferencesInputComesBackAsCloseAsTheReferences(Compression compression) throws Exception {
        JsonNode one = cases().filter(each -> each.get("codec").asText().equals(compression.name())
                        && each.get("name").asText().equals("f32_small"))
                .findFirst()
                .orElse(null);
        if (one == null) {
            return;
        }
        float[] in =
                floats(WireTensor.of(Golden.bytes(one.get("input").asText()), "float32", Compression.NONE, 2, 3, 8));
        try (Arena arena = Arena.ofConfined()) {
            float[] ours = floats(TensorCodec.encode(Tensor.of(arena, in, 2, 3, 8), DType.F32, compression));
            float[] theirs = floats(read(one));
            assertThat(ours).containsExactly(theirs, within(2e-3f));
        }
    }

    @Test
    void bfloat16DoesNotGoThroughHalves() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor values = Tensor.allocate(arena, DType.F32, 2);
            assertThat(TensorCodec.canEncode(DType.BF16, Compression.FLOAT16)).isFalse();
            assertThatThrownBy(() -> TensorCodec.encode(values, DType.BF16, Compression.FLOAT16))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bfloat16");
        }
    }

    @Test
    void sizesThatDoNotFitTheBytesAreRefusedBeforeMemoryIsTaken() {
        WireTensor huge = WireTensor.of(new byte[8], "float32", Compression.NONE, 0xFFFF_FFFFL, 0xFFFF_FFFFL, 4);
        assertThatThrownBy(() -> TensorCodec.decode(huge, Arena.ofAuto())).isInstanceOf(ProtocolException.class);
        for (Compression compression : Compression.values()) {
            WireTensor wrong = WireTensor.of(new byte[9], "float32", compression, 1 << 20);
            assertThatThrownBy(() -> TensorCodec.check(wrong)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void longsComeBack() throws Exception {
        long[] values = {3, -1, Long.MAX_VALUE};
        assertThat(TensorCodec.decodeLongs(TensorCodec.encodeLongs(values, 3), 8))
                .isEqualTo(values);
        assertThatThrownBy(() -> TensorCodec.decodeLongs(TensorCodec.encodeLongs(values, 3), 2))
                .isInstanceOf(ProtocolException.class);
    }
}
