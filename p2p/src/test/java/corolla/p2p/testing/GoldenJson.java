package corolla.p2p.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.testkit.GoldenFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** JSON fixtures whose bytes are in hexadecimal digits. */
public final class GoldenJson {
    private final JsonNode node;

    private GoldenJson(JsonNode node) {
        this.node = node;
    }

    /** {@code golden/hivemind/NAME}. */
    public static GoldenJson load(String name) {
        try {
            return new GoldenJson(new ObjectMapper().readTree(GoldenFiles.bytes("hivemind/" + name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public GoldenJson at(String field) {
        JsonNode child = node.get(field);
        if (child == null) {
            throw new IllegalArgumentException("no field " + field);
        }
        return new GoldenJson(child);
    }

    public byte[] hex(String field) {
        return HexFormat.of().parseHex(at(field).node.asText());
    }

    public String text(String field) {
        return at(field).node.asText();
    }

    /** Each entry of an array. */
    public List<byte[]> hexes(String field) {
        List<byte[]> all = new ArrayList<>();
        at(field).node.forEach(entry -> all.add(HexFormat.of().parseHex(entry.asText())));
        return all;
    }

    public static byte[] concat(List<byte[]> pieces) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        pieces.forEach(out::writeBytes);
        return out.toByteArray();
    }
}
