package corolla.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;

/** Byte-level BPE, as GPT-2 and most models since have it: metadata has vocabulary and merges, the rest is a name. */
final class ByteLevelTokenizer {

    private ByteLevelTokenizer() {}

    static void describe(GgufVocabulary vocabulary, ObjectNode root) throws IOException {
        JsonNode rules = rules(vocabulary);
        if (rules.has("normalizer")) {
            root.set("normalizer", rules.get("normalizer"));
        }
        root.set("pre_tokenizer", rules.has("pattern") ? split(rules.get("pattern")) : rules.get("pre_tokenizer"));
        root.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE");
        model.put("ignore_merges", rules.get("ignore_merges").booleanValue());
        ObjectNode ids = model.putObject("vocab");
        List<String> tokens = vocabulary.tokens();
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        ArrayNode merges = model.putArray("merges");
        for (String merge : vocabulary.texts("merges")) {
            int space = merge.indexOf(' ', 1); // byte-level tokens have no spaces
            if (space < 0) {
                throw new CheckpointException(vocabulary.path() + ": merge \"" + merge + "\" has no two parts");
            }
            merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
        }
    }

    private static ObjectNode split(JsonNode pattern) {
        ObjectNode sequence = new ObjectMapper().createObjectNode().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").set("Regex", pattern);
        split.put("behavior", "Isolated").put("invert", false);
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        return sequence;
    }

    private static JsonNode rules(GgufVocabulary vocabulary) throws IOException {
        JsonNode known;
        try (InputStream in = ByteLevelTokenizer.class.getResourceAsStream("pre-tokenizers.json")) {
            known = new ObjectMapper().readTree(Objects.requireNonNull(in));
        }
        StringBuilder names = new StringBuilder();
        for (JsonNode rules : known) {
            for (JsonNode name : rules.get("names")) {
                if (name.textValue().equals(vocabulary.preTokenizer())) {
                    return rules;
                }
                names.append(names.isEmpty() ? "" : ", ").append(name.textValue());
            }
        }
        throw new CheckpointException(vocabulary.path() + ": pre-tokenizer \"" + vocabulary.preTokenizer()
                + "\" is not known, known are " + names);
    }
}
