package corolla.base.msgpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackTest {

    @Test
    void accessorsReadWhatIsThere() throws ProtocolException {
        Pack pack = Pack.map()
                .put("text", "a")
                .put("number", 3)
                .put("list", Pack.tuple(true, 1.5))
                .build();

        assertThat(pack.get("text").asText()).isEqualTo("a");
        assertThat(pack.get("number").asInt()).isEqualTo(3);
        assertThat(pack.get("number").asDouble()).isEqualTo(3.0);
        assertThat(pack.get("list").asList().get(0).asBool()).isTrue();
        assertThat(pack.get("list").asList().get(1).asDouble()).isEqualTo(1.5);
        assertThat(pack.get("absent").isNil()).isTrue();
    }

    @Test
    void anotherKindIsAProtocolErrorThatNamesBoth() {
        assertThatThrownBy(() -> Pack.of(1).asText())
                .isInstanceOf(ProtocolException.class)
                .hasMessage("expected text in MessagePack, found an integer");
        assertThatThrownBy(() -> Pack.of(1L << 40).asInt()).hasMessageContaining("32 bits");
        assertThatThrownBy(() -> Pack.of("x").get("key")).hasMessageContaining("expected a map");
        assertThatThrownBy(() -> Pack.of(1.5).asLong()).isInstanceOf(ProtocolException.class);
    }

    @Test
    void dictionariesKeepTheirOrderOnTheWire() throws ProtocolException {
        Pack pack = Pack.map().put("z", 1).put("a", 2).put("m", 3).build();

        assertThat(HexFormat.of().formatHex(pack.encode())).isEqualTo("83a17a01a16102a16d03");
        assertThat(Pack.decode(pack.encode()).asMap().keySet())
                .containsExactly(Pack.of("z"), Pack.of("a"), Pack.of("m"));
    }

    @Test
    void keysOfAnyKindFindTheirValues() throws ProtocolException {
        Pack pack = Pack.of(Map.of(new byte[] {1, 2}, "bytes"));

        assertThat(Pack.decode(pack.encode()).asMap()).containsEntry(Pack.of(new byte[] {1, 2}), Pack.of("bytes"));
    }

    @Test
    void aKeyThatComesTwiceHasItsLastValue() throws ProtocolException {
        assertThat(Pack.decode(HexFormat.of().parseHex("82a16101a16102"))
                        .get("a")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void float32AndLongFormsAreRead() throws ProtocolException {
        assertThat(Pack.decode(HexFormat.of().parseHex("ca3fc00000"))).isEqualTo(Pack.of(1.5));
        assertThat(Pack.decode(HexFormat.of().parseHex("d30000000000000005"))).isEqualTo(Pack.of(5));
        assertThat(Pack.decode(HexFormat.of().parseHex("c8000340dc0000"))).isEqualTo(Pack.tuple());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // nothing
                "c1", // never used
                "0101", // left over
                "dd7fffffff", // two thousand million elements in five bytes
                "ddffffffff",
                "df7fffffff",
                "c67fffffff",
                "db7fffffff00",
                "c97fffffff40",
                "a1ff", // not UTF-8
                "d44001", // a tuple that is no array
                "d5409001", // a tuple with something behind it
                "8101", // a key without a value
            })
    void malformedBytesAreAProtocolError(String hex) {
        assertThatThrownBy(() -> Pack.decode(HexFormat.of().parseHex(hex)))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("MessagePack");
    }

    @Test
    void theReplacementCharacterItselfIsText() throws ProtocolException {
        Pack text = Pack.of("a\uFFFDb");
        assertThat(Pack.decode(text.encode())).isEqualTo(text);
    }

    @Test
    void depthIsLimited() throws ProtocolException {
        byte[] deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x91);
        assertThatThrownBy(() -> Pack.decode(deep)).hasMessageContaining("nested deeper than 64");

        Pack tuples = Pack.tuple();
        for (int i = 0; i < PackReader.DEPTH_MAX; i++) {
            tuples = Pack.tuple(tuples);
        }
        byte[] tooDeep = Pack.tuple(tuples).encode();
        assertThatThrownBy(() -> Pack.decode(tooDeep)).hasMessageContaining("nested deeper than 64");
    }

    @Test
    void sizeIsLimited() {
        assertThatThrownBy(() -> Pack.decode(new byte[PackReader.BYTES_MAX + 1]))
                .hasMessageContaining("exceeds");
    }

    @Test
    void valuesHaveOneForm() {
        assertThatThrownBy(() -> new Pack.Extension(Pack.Tuple.CODE, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Pack.Unsigned(5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pack.of(new Object())).hasMessageContaining("java.lang.Object");
    }
}
