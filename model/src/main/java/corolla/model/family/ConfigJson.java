package corolla.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.tensor.Activation;
import corolla.tensor.DType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A {@code config.json} with {@code generation_config.json} beside it, read with messages that name the key. Keys that
 * are null count as absent. Immutable.
 */
public final class ConfigJson {
    private final JsonNode config;
    private final JsonNode generation;

    private ConfigJson(JsonNode config, JsonNode generation) {
        this.config = config;
        this.generation = generation;
    }

    /**
     * Parses both files.
     *
     * @param generation null when the model has none
     * @throws IOException when one is not JSON
     */
    public static ConfigJson parse(byte[] config, byte @Nullable [] generation) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        return new ConfigJson(
                mapper.readTree(config), generation == null ? MissingNode.getInstance() : mapper.readTree(generation));
    }

    /** Whether the key is there, even with the value null. */
    boolean has(String key) {
        return config.has(key);
    }

    /** An object inside this one; empty when it is absent or null. */
    ConfigJson child(String key) {
        return new ConfigJson(config.path(key), MissingNode.getInstance());
    }

    /** The keys of this object with those of one inside it, which go first: how files of several models in one are laid out. */
    ConfigJson with(String inner) {
        if (!config.path(inner).isObject()) {
            throw new IllegalArgumentException(inner + " is missing");
        }
        ObjectNode merged = ((ObjectNode) config).deepCopy();
        merged.setAll((ObjectNode) config.get(inner));
        return new ConfigJson(merged, generation);
    }

    /** The same with a value where the file has none. */
    ConfigJson or(String key, int value) {
        if (config.hasNonNull(key) || !(config instanceof ObjectNode object)) {
            return this;
        }
        return new ConfigJson(object.deepCopy().put(key, value), generation);
    }

    /** A count or a size: never negative. */
    int integer(String key) {
        int value = toInt(key, required(key));
        if (value < 0) {
            throw new IllegalArgumentException(key + " is " + value);
        }
        return value;
    }

    int integer(String key, int fallback) {
        return config.hasNonNull(key) ? integer(key) : fallback;
    }

    double number(String key) {
        return toDouble(key, required(key));
    }

    double number(String key, double fallback) {
        return config.hasNonNull(key) ? number(key) : fallback;
    }

    String text(String key) {
        JsonNode value = required(key);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(key + " is " + value + ", not a text");
        }
        return value.textValue();
    }

    String text(String key, String fallback) {
        return config.hasNonNull(key) ? text(key) : fallback;
    }

    /** The texts of an array; none when it is absent. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        config.path(key).forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** A list of integers; empty when it is absent or null. */
    List<Integer> integers(String key) {
        List<Integer> integers = new ArrayList<>();
        config.path(key).forEach(value -> integers.add(toInt(key, value)));
        return integers;
    }

    /** An activation by one of transformers' names. */
    Activation activation(String key, String fallback) {
        String name = text(key, fallback);
        return switch (name) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            default ->
                throw new IllegalArgumentException(
                        key + " is \"" + name + "\", known are silu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh");
        };
    }

    boolean flag(String key, boolean fallback) {
        return config.path(key).asBoolean(fallback);
    }

    /** Refuses any value but one, where a family leaves a choice that nobody published a model with. */
    void require(String key, String value) {
        if (config.hasNonNull(key) && !config.get(key).asText().equals(value)) {
            throw new IllegalArgumentException(
                    key + " is " + config.get(key) + ", only " + value + " is known for this family");
        }
    }

    DType storedType() {
        String name = text("dtype", text("torch_dtype", "float32"));
        return switch (name) {
            case "float32" -> DType.F32;
            case "bfloat16" -> DType.BF16;
            case "float16" -> DType.F16;
            default ->
                throw new IllegalArgumentException("dtype is \"" + name + "\", known are float32, bfloat16, float16");
        };
    }

    OptionalInt beginToken() {
        JsonNode id = config.path("bos_token_id");
        return id.isInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
    }

    /** {@code generation_config.json} goes first: instruction-tuned models name their end of turn only there. */
    List<Integer> endTokens() {
        JsonNode ids =
                generation.hasNonNull("eos_token_id") ? generation.get("eos_token_id") : config.path("eos_token_id");
        List<Integer> tokens = new ArrayList<>();
        if (ids.isArray()) {
            ids.forEach(id -> tokens.add(toInt("eos_token_id", id)));
        } else if (ids.isNumber()) {
            tokens.add(toInt("eos_token_id", ids));
        }
        return tokens;
    }

    private JsonNode required(String key) {
        if (!config.hasNonNull(key)) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return config.get(key);
    }

    private static int toInt(String key, JsonNode value) {
        if (!value.canConvertToInt() || !value.canConvertToExactIntegral()) {
            throw new IllegalArgumentException(key + " is " + value + ", not an integer");
        }
        return value.intValue();
    }

    private static double toDouble(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw new IllegalArgumentException(key + " is " + value + ", not a number");
        }
        return value.doubleValue();
    }
}
