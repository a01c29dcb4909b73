package corolla.swarm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** Reads the golden files beside the tests. */
public final class Golden {
    private Golden() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream("/golden/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + name, e);
        }
    }

    @SuppressWarnings("exports") // tests are not exported
    public static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(bytes(name));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + name, e);
        }
    }
}
