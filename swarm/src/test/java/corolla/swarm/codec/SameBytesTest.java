package corolla.swarm.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.swarm.Golden;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Which reference tensors we pack to the very same message, from the same input. The list is in docs/wire/petals.md; {@code
 * -Dgolden.rewrite=true} writes it anew.
 */
class SameBytesTest {
    private static final String BEGIN = "<!-- list: SameBytesTest -->\n";
    private static final String END = "<!-- end of list -->\n";

    @Test
    void documentListsWhatIsPackedToTheSameBytes() throws IOException {
        Path document = document();
        String text = Files.readString(document);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        assertThat(to).as("place of the list in %s", document).isGreaterThanOrEqualTo(from);
        String list = list();
        if (Boolean.getBoolean("golden.rewrite")) {
            Files.writeString(document, text.substring(0, from) + list + text.substring(to));
        } else {
            assertThat(text.substring(from, to)).isEqualTo(list);
        }
    }

    private static Path document() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("docs/wire/petals.md"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("no docs/wire above " + Path.of("").toAbsolutePath());
        }
        return folder.resolve("docs/wire/petals.md");
    }

    private static String list() throws IOException {
        Map<String, StringBuilder> same = new TreeMap<>();
        Map<String, StringBuilder> other = new TreeMap<>();
        for (JsonNode one : Golden.json("tensors/manifest.json")) {
            if (one.has("protobuf")) {
                String protobuf = one.get("protobuf").asText();
                String codec = one.get("codec").asText();
                String name = protobuf.substring(protobuf.indexOf('.') + 1, protobuf.lastIndexOf('.'));
                add(isSame(one) ? same : other, codec, name);
            }
        }
        var table = new StringBuilder("| codec | same bytes | other bytes |\n| --- | --- | --- |\n");
        for (Compression codec : Compression.values()) {
            table.append("| ").append(codec);
            table.append(" | ").append(same.getOrDefault(codec.name(), new StringBuilder()));
            table.append(" | ")
                    .append(other.getOrDefault(codec.name(), new StringBuilder()))
                    .append(" |\n");
        }
        return table.toString();
    }

    private static void add(Map<String, StringBuilder> to, String codec, String name) {
        StringBuilder names = to.computeIfAbsent(codec, _ -> new StringBuilder());
        names.append(names.isEmpty() ? "" : ", ").append(name);
    }

    private static boolean isSame(JsonNode one) throws IOException {
        byte[] expected = Golden.bytes(one.get("protobuf").asText());
        WireTensor wire = WireTensor.read(ProtoReader.of(expected));
        byte[] in = Golden.bytes(one.get("input").asText());
        WireTensor input = WireTensor.of(in, wire.dtype(), Compression.NONE, wire.sizes());
        return Arrays.equals(encoded(input, wire.compression()).write().toByteArray(), expected);
    }

    private static WireTensor encoded(WireTensor input, Compression compression) throws ProtocolException {
        DType type = WireTypes.of(input);
        if (!WireTypes.isFloating(type)) {
            return input; // integers and doubles travel as they are
        }
        try (Arena arena = Arena.ofConfined()) {
            Tensor values = Tensor.allocate(arena, DType.F32, input.sizes());
            TensorCodec.decodeFloats(input, values.data());
            return TensorCodec.encode(values, type, compression);
        }
    }
}
