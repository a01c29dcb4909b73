package corolla.dht.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.testkit.GoldenFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;

/** JSON fixtures made with hivemind. */
public final class Golden {
    private Golden() {}

    /** {@code golden/hivemind/NAME}. */
    public static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(GoldenFiles.bytes("hivemind/" + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of one of the sample messages. */
    public static byte[] message(String name) {
        return hex(json("messages.json").get(name), "hex");
    }

    public static byte[] hex(JsonNode node, String field) {
        return HexFormat.of().parseHex(node.get(field).asText());
    }
}
