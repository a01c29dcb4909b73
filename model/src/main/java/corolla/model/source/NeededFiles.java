package corolla.model.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decides which files of a repository are needed. Pure. */
final class NeededFiles {
    static final String INDEX = "model.safetensors.index.json";
    static final String SINGLE = "model.safetensors";

    private static final List<String> SMALL = List.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja",
            INDEX);
    private static final Pattern BLOCK = Pattern.compile("(?:^|\\.)(?:layers|h|blocks)\\.(\\d+)\\.");

    private NeededFiles() {}

    /** Everything but weights, as far as the repository has it. */
    static List<String> small(Set<String> files) {
        return SMALL.stream().filter(files::contains).toList();
    }

    /**
     * The files that hold the weights.
     *
     * @param index contents of the index; empty when there is none
     * @throws IOException when the repository has no safetensors
     */
    static List<String> weights(Set<String> files, byte[] index, ModelParts parts) throws IOException {
        if (!parts.ends() && parts.blockStart() == parts.blockEnd()) {
            return List.of();
        }
        if (index.length > 0) {
            return shards(new ObjectMapper().readTree(index).path("weight_map"), parts);
        }
        if (files.contains(SINGLE)) {
            return List.of(SINGLE);
        }
        List<String> ggufs =
                files.stream().filter(name -> name.endsWith(".gguf")).toList();
        throw new IOException("it has no " + SINGLE + " and no " + INDEX
                + (ggufs.isEmpty()
                        ? "; other formats may carry code and are not read"
                        : "; name one of its GGUF files: org/name/" + ggufs.getFirst()));
    }

    /** One GGUF file, or all parts of a split one. */
    static List<String> gguf(Set<String> files, String file) {
        Matcher part = Pattern.compile("(.*-)\\d{5}(-of-\\d{5}\\.gguf)").matcher(file);
        if (!part.matches()) {
            return List.of(file);
        }
        List<String> parts = new ArrayList<>(files.stream()
                .filter(name -> name.startsWith(part.group(1)) && name.endsWith(part.group(2)))
                .sorted()
                .toList());
        return parts.isEmpty() ? List.of(file) : parts;
    }

    private static List<String> shards(JsonNode map, ModelParts parts) {
        Set<String> shards = new TreeSet<>();
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            Matcher block = BLOCK.matcher(tensor.getKey());
            boolean needed = block.find() ? isWithin(block.group(1), parts) : parts.ends();
            if (needed) {
                shards.add(tensor.getValue().asText());
            }
        }
        return List.copyOf(shards);
    }

    private static boolean isWithin(String digits, ModelParts parts) {
        long block = digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits);
        return block >= parts.blockStart() && block < parts.blockEnd();
    }
}
