package corolla.model.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.model.safetensors.BlockNames;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
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
    private static final Pattern PART = Pattern.compile("(.*-)\\d{5}(-of-\\d{5}\\.gguf)");
    private static final Pattern LATER_PART = Pattern.compile(".*-(?!00001)\\d{5}-of-\\d{5}\\.gguf");

    private NeededFiles() {}

    /** Everything but weights, as far as the repository has it. */
    static List<String> small(Set<String> files) {
        return SMALL.stream().filter(files::contains).toList();
    }

    /**
     * A file with weights.
     *
     * @param isWhole whether all of it is needed
     */
    record Shard(String name, boolean isWhole) {}

    /**
     * The files that hold the weights. A single file is always among them: its header says what there is.
     *
     * @param index contents of the index; empty when there is none
     * @throws IOException when the repository has no safetensors
     */
    static List<Shard> weights(Set<String> files, byte[] index, ModelParts parts) throws IOException {
        if (index.length > 0) {
            return shards(new ObjectMapper().readTree(index).path("weight_map"), parts);
        }
        if (files.contains(SINGLE)) {
            return List.of(new Shard(SINGLE, parts.isAll()));
        }
        List<String> ggufs =
                files.stream().filter(name -> name.endsWith(".gguf")).sorted().toList();
        throw new IOException("it has no " + SINGLE + " and no " + INDEX
                + (ggufs.isEmpty()
                        ? "; other formats may carry code and are not read"
                        : "; name one of its GGUF files: org/name/" + ggufs.getFirst()));
    }

    /**
     * One GGUF file, or all parts of a split one.
     *
     * @param wanted the file, or a part of its name that no other has: {@code Q4_K_M}
     */
    static List<String> gguf(Set<String> files, String wanted) throws IOException {
        if (wanted.endsWith(".gguf")) {
            return parts(files, wanted);
        }
        List<String> found = files.stream()
                .filter(name ->
                        name.endsWith(".gguf") && !LATER_PART.matcher(name).matches())
                .filter(name -> name.toLowerCase(Locale.ROOT).contains(wanted.toLowerCase(Locale.ROOT)))
                .sorted()
                .toList();
        if (found.size() != 1) {
            throw new IOException((found.isEmpty() ? "no GGUF file" : found.size() + " GGUF files")
                    + " of it have \"" + wanted + "\" in their names; GGUF files are "
                    + files.stream()
                            .filter(name -> name.endsWith(".gguf"))
                            .sorted()
                            .toList());
        }
        return parts(files, found.getFirst());
    }

    private static List<String> parts(Set<String> files, String file) {
        Matcher part = PART.matcher(file);
        if (!part.matches()) {
            return List.of(file);
        }
        List<String> parts = files.stream()
                .filter(name -> name.startsWith(part.group(1)) && name.endsWith(part.group(2)))
                .sorted()
                .toList();
        return parts.isEmpty() ? List.of(file) : parts;
    }

    private static List<Shard> shards(JsonNode map, ModelParts parts) {
        Set<String> needy = new TreeSet<>(); // with a tensor that is needed
        Set<String> partly = new TreeSet<>(); // with one that is not
        for (Map.Entry<String, JsonNode> tensor : map.properties()) {
            String shard = tensor.getValue().asText();
            OptionalInt block = BlockNames.index(tensor.getKey());
            boolean needed = block.isPresent() ? parts.has(block.getAsInt()) : parts.ends();
            if (needed || parts.headers()) {
                needy.add(shard);
            }
            if (!needed) {
                partly.add(shard);
            }
        }
        return needy.stream()
                .map(shard -> new Shard(shard, !partly.contains(shard)))
                .toList();
    }
}
