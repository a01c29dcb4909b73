package corolla.base.msgpack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** hivemind's own bytes, in both directions. */
class PackGoldenTest {
    /** What the samples are in Java; those that are not here are checked for their bytes only. */
    private static final Map<String, Pack> VALUES = Map.ofEntries(
            Map.entry("null", Pack.of(null)),
            Map.entry("true", Pack.of(true)),
            Map.entry("int_0", Pack.of(0)),
            Map.entry("int_128", Pack.of(128)),
            Map.entry("int_-33", Pack.of(-33)),
            Map.entry("int_2^32", Pack.of(1L << 32)),
            Map.entry("int_2^64-1", new Pack.Unsigned(-1)),
            Map.entry("int_-2^63", Pack.of(Long.MIN_VALUE)),
            Map.entry("float_0.5", Pack.of(0.5)),
            Map.entry("float_-inf", Pack.of(Double.NEGATIVE_INFINITY)),
            Map.entry("str_utf8", Pack.of("héllo 世")),
            Map.entry("str_32", Pack.of("a".repeat(32))),
            Map.entry("str_256", Pack.of("b".repeat(256))),
            Map.entry("bytes_3", Pack.of(new byte[] {0, -1, 0x7f})),
            Map.entry("list_mixed", Pack.list(1, "two", new byte[] {'3'}, null, 4.0)),
            Map.entry("tuple_empty", Pack.tuple()),
            Map.entry(
                    "tuple_nested",
                    Pack.tuple(1, Pack.tuple(2, Pack.tuple(3, Pack.tuple())), Pack.list(4, Pack.tuple(5)))),
            Map.entry("tuple_long", Pack.tuple(IntStream.range(0, 300).boxed().toArray())),
            Map.entry("list_of_tuples", Pack.list(Pack.tuple(1, 2), Pack.tuple(3))),
            Map.entry("dict_str", Pack.map().put("a", 1).put("b", List.of(1, 2)).build()),
            Map.entry(
                    "dict_tuple_key_value",
                    Pack.map().put("k", Pack.tuple(1, 2.5, null)).build()),
            Map.entry("dict_int_keys", Pack.map().put(1, "x").put(2, "y").build()));

    static List<JsonNode> samples() throws IOException {
        return list(read("msgpack.json"));
    }

    static List<JsonNode> ids() throws IOException {
        return list(read("dht_ids.json").get("ids")).stream()
                .filter(id -> id.has("hashed_bytes_hex"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void encodesAndDecodesAsHivemind(JsonNode sample) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(sample.get("hex").asText());

        Pack decoded = Pack.decode(bytes);

        assertThat(decoded.encode())
                .asHexString()
                .isEqualTo(HexFormat.of().withUpperCase().formatHex(bytes));
        Pack expected = VALUES.get(sample.get("name").asText());
        if (expected != null) {
            assertThat(decoded).isEqualTo(expected);
        }
    }

    @Test
    void everyExpectedValueHasItsSample() throws IOException {
        assertThat(samples().stream().map(sample -> sample.get("name").asText()))
                .containsAll(VALUES.keySet());
    }

    @ParameterizedTest
    @MethodSource("ids")
    void keysHashToHivemindsIds(JsonNode id) throws IOException, GeneralSecurityException {
        byte[] hashed = HexFormat.of().parseHex(id.get("hashed_bytes_hex").asText());

        byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(hashed);

        assertThat(HexFormat.of().formatHex(sha1))
                .isEqualTo(id.get("dht_id_hex").asText());
        if (!id.get("key").asText().startsWith("b'")) { // bytes are hashed as they are
            assertThat(Pack.decode(hashed).encode()).isEqualTo(hashed);
        }
    }

    @ParameterizedTest
    @MethodSource("petals")
    void encodesPetalsValues(Pack value, String hex) throws IOException {
        assertThat(HexFormat.of().formatHex(value.encode())).isEqualTo(hex);
        assertThat(Pack.decode(HexFormat.of().parseHex(hex))).isEqualTo(value);
    }

    static Object[][] petals() {
        Pack structure = Pack.tuple(
                Pack.tuple(bytes("__T0"), bytes("__T1"), bytes("__T2")),
                Pack.map().build());
        return new Object[][] {
            {structure, "c7184092c7134093c4045f5f5430c4045f5f5431c4045f5f543280"},
            {
                Pack.map()
                        .put("session_id", "s")
                        .put("step_id", "t")
                        .put("max_length", 16)
                        .put("points", 0.0)
                        .put("active_adapter", null)
                        .put("args_structure", structure)
                        .put("start_from_position", 0)
                        .build(),
                "87aa73657373696f6e5f6964a173a7737465705f6964a174aa6d61785f6c656e67746810a6706f696e7473cb0000000000000000ae"
                        + "6163746976655f61646170746572c0ae617267735f737472756374757265c7184092c7134093c4045f5f5430c4045f5f"
                        + "5431c4045f5f543280b373746172745f66726f6d5f706f736974696f6e00"
            }
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    private static JsonNode read(String name) throws IOException {
        try (InputStream in = PackGoldenTest.class.getResourceAsStream("/golden/" + name)) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, name));
        }
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }
}
