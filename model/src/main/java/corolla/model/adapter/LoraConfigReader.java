package corolla.model.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Reads {@code adapter_config.json}. What would change the numbers in ways that are not known here is refused, by its key. */
final class LoraConfigReader {
    private static final int ENTRIES_MAX = 1 << 16;

    /** Keys that may be absent, null, false or empty, and what they would ask for. */
    private static final Map<String, String> REFUSED = Map.of(
            "use_dora", "DoRA scales the columns of the weights, too",
            "use_qalora", "QALoRA pools the inputs",
            "lora_bias", "biases in adapters are not supported",
            "modules_to_save", "whole layers beside the adapter are not supported, train it without",
            "trainable_token_indices", "trained embeddings are not supported, train it without",
            "target_parameters", "adapters of single parameters are not supported, only those of linear layers",
            "layer_replication", "repeated layers are not supported",
            "megatron_config", "parallel layers of Megatron are not supported",
            "alora_invocation_tokens", "adapters that are on for some tokens only are not supported",
            "use_bdlora", "block-diagonal adapters are not supported");

    /** Ways to start that leave the model's weights alone; others save an adapter for changed weights. */
    private static final Set<String> PLAIN_STARTS = Set.of("true", "false", "gaussian", "eva", "orthogonal");

    private final JsonNode json;

    private LoraConfigReader(JsonNode json) {
        this.json = json;
    }

    /** @throws IllegalArgumentException naming the key that is missing, broken or not supported */
    static LoraConfig read(byte[] bytes) {
        try {
            JsonNode json = new ObjectMapper().readTree(new String(bytes, StandardCharsets.UTF_8));
            if (!json.isObject()) {
                throw new IllegalArgumentException("not a JSON object");
            }
            return new LoraConfigReader(json).read();
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not JSON: " + broken.getOriginalMessage(), broken);
        }
    }

    private LoraConfig read() {
        requireSupported();
        return new LoraConfig(
                integer("r", required("r")),
                number("lora_alpha", required("lora_alpha")),
                json.path("use_rslora").asBoolean(false),
                targets(),
                map("rank_pattern", LoraConfigReader::integer),
                map("alpha_pattern", LoraConfigReader::number),
                json.path("base_model_name_or_path").asText(""));
    }

    private void requireSupported() {
        String type = json.path("peft_type").asText("");
        if (!type.equals("LORA")) {
            throw new IllegalArgumentException("peft_type is \"" + type + "\", only LORA is supported");
        }
        REFUSED.forEach((key, why) -> {
            JsonNode value = json.path(key);
            boolean off = value.isMissingNode()
                    || value.isNull()
                    || (value.isBoolean() && !value.booleanValue())
                    || (value.isContainerNode() && value.isEmpty());
            if (!off) {
                throw new IllegalArgumentException(key + " is " + shortened(value) + ": " + why);
            }
        });
        String bias = json.path("bias").asText("none");
        if (!bias.equals("none")) {
            throw new IllegalArgumentException("bias is \"" + bias + "\", only none is supported");
        }
        JsonNode start = json.path("init_lora_weights");
        if (!start.isMissingNode() && !start.isNull() && !PLAIN_STARTS.contains(start.asText())) {
            throw new IllegalArgumentException("init_lora_weights is " + shortened(start)
                    + ": the adapter is for changed weights of the model; save it converted to a plain one");
        }
    }

    private LoraTargets targets() {
        JsonNode targets = required("target_modules");
        JsonNode excluded = json.path("exclude_modules");
        JsonNode layers = json.path("layers_to_transform");
        return new LoraTargets(
                names("target_modules", targets),
                targets.isTextual() ? targets.textValue() : null,
                names("exclude_modules", excluded),
                excluded.isTextual() ? excluded.textValue() : null,
                layers.isMissingNode() || layers.isNull() ? null : layers(layers),
                layersPatterns());
    }

    private static Set<Integer> layers(JsonNode layers) {
        Set<Integer> indices = new HashSet<>();
        if (!layers.isArray()) {
            indices.add(integer("layers_to_transform", layers));
        }
        layers.forEach(layer -> indices.add(integer("layers_to_transform", layer)));
        return indices;
    }

    private List<String> layersPatterns() {
        JsonNode patterns = json.path("layers_pattern");
        return patterns.isTextual()
                ? List.of(patterns.textValue())
                : new ArrayList<>(names("layers_pattern", patterns));
    }

    private static Set<String> names(String key, JsonNode list) {
        Set<String> names = new HashSet<>();
        if (list.isArray()) {
            for (JsonNode name : list) {
                if (!name.isTextual() || name.textValue().isEmpty() || names.size() == ENTRIES_MAX) {
                    throw new IllegalArgumentException(key + " has " + shortened(name) + ", not the name of a module");
                }
                names.add(name.textValue());
            }
        } else if (!list.isTextual() && !list.isNull() && !list.isMissingNode()) {
            throw new IllegalArgumentException(key + " is " + shortened(list) + ", not names of modules");
        }
        return names;
    }

    private <T> Map<String, T> map(String key, BiFunction<String, JsonNode, T> read) {
        Map<String, T> map = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path(key).properties()) {
            ModulePattern.of(entry.getKey());
            map.put(entry.getKey(), read.apply(key, entry.getValue()));
        }
        if (map.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException(key + " has " + map.size() + " entries, allowed are " + ENTRIES_MAX);
        }
        return Collections.unmodifiableMap(map);
    }

    private JsonNode required(String key) {
        @Nullable JsonNode value = json.get(key);
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    private static int integer(String key, JsonNode value) {
        if (!value.canConvertToInt() || !value.canConvertToExactIntegral()) {
            throw new IllegalArgumentException(key + " is " + shortened(value) + ", not an integer");
        }
        return value.intValue();
    }

    private static double number(String key, JsonNode value) {
        if (!value.isNumber()) {
            throw new IllegalArgumentException(key + " is " + shortened(value) + ", not a number");
        }
        return value.doubleValue();
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
