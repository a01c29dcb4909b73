package corolla.model.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFile;
import corolla.model.gguf.GgufValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Builds {@code tokenizer.json} from GGUF metadata, which has the same vocabulary in another form. Confined to one thread.
 * Borrows the file.
 */
final class GgufVocabulary {
    /** Token types of the metadata. */
    static final long NORMAL = 1;

    static final long UNKNOWN = 2;
    static final long CONTROL = 3;
    static final long USER_DEFINED = 4;

    private static final String PREFIX = "tokenizer.ggml.";

    private final GgufFile file;
    private final List<String> tokens;
    private final List<Long> types;

    private GgufVocabulary(GgufFile file) throws CheckpointException {
        this.file = file;
        this.tokens = texts("tokens");
        this.types = wholes("token_type");
        if (types.size() != tokens.size()) {
            throw new CheckpointException(
                    file.path() + ": " + tokens.size() + " tokens with " + types.size() + " types");
        }
    }

    static TokenizerFiles read(Path path) throws IOException {
        GgufFile file = GgufFile.open(path);
        GgufVocabulary vocabulary = new GgufVocabulary(file);
        return new TokenizerFiles(
                vocabulary.json(),
                vocabulary.special("bos").orElse(""),
                vocabulary.special("eos").orElse(""),
                file.text("tokenizer.chat_template"));
    }

    private String json() throws IOException {
        String kind = file.text(PREFIX + "model").orElse("none");
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        root.set("added_tokens", addedTokens());
        switch (kind) {
            case "gpt2" -> ByteLevelTokenizer.describe(this, root);
            case "llama" -> SentencePieceTokenizer.describe(this, root);
            default ->
                throw new CheckpointException(
                        file.path() + ": tokenizer \"" + kind + "\" is not known, known are gpt2, llama");
        }
        root.set("post_processor", postProcessor(kind.equals("llama")));
        return new ObjectMapper().writeValueAsString(root);
    }

    Path path() {
        return file.path();
    }

    List<String> tokens() {
        return tokens;
    }

    boolean isType(int id, long type) {
        return types.get(id) == type;
    }

    /** Name of the rules that cut a text before merging; {@code default} when the file has none. */
    String preTokenizer() {
        return file.text(PREFIX + "pre").orElse("default");
    }

    boolean flag(String name, boolean fallback) {
        return file.whole(PREFIX + name).map(value -> value != 0).orElse(fallback);
    }

    List<String> texts(String name) throws CheckpointException {
        List<String> texts = new ArrayList<>();
        for (GgufValue value : sequence(name)) {
            if (!(value instanceof GgufValue.Text(String text))) {
                throw new CheckpointException(file.path() + ": " + PREFIX + name + " holds " + value + ", not texts");
            }
            texts.add(text);
        }
        return texts;
    }

    List<Double> reals(String name) throws CheckpointException {
        List<Double> reals = new ArrayList<>();
        for (GgufValue value : sequence(name)) {
            if (!(value instanceof GgufValue.Real(double real))) {
                throw new CheckpointException(file.path() + ": " + PREFIX + name + " holds " + value + ", not numbers");
            }
            reals.add(real);
        }
        return reals;
    }

    /** The text of a special token, by its kind: {@code bos}. */
    Optional<String> special(String kind) {
        return file.whole(PREFIX + kind + "_token_id")
                .filter(id -> id >= 0 && id < tokens.size())
                .map(id -> tokens.get(id.intValue()));
    }

    private List<Long> wholes(String name) throws CheckpointException {
        List<Long> wholes = new ArrayList<>();
        for (GgufValue value : sequence(name)) {
            if (!(value instanceof GgufValue.Whole(long whole))) {
                throw new CheckpointException(
                        file.path() + ": " + PREFIX + name + " holds " + value + ", not integers");
            }
            wholes.add(whole);
        }
        return wholes;
    }

    private List<GgufValue> sequence(String name) throws CheckpointException {
        return file.sequence(PREFIX + name)
                .orElseThrow(() -> new CheckpointException(file.path() + ": " + PREFIX + name + " is missing"));
    }

    private ArrayNode addedTokens() {
        ArrayNode added = new ObjectMapper().createArrayNode();
        for (int id = 0; id < tokens.size(); id++) {
            if (isType(id, CONTROL) || isType(id, USER_DEFINED) || isType(id, UNKNOWN)) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", !isType(id, USER_DEFINED));
            }
        }
        return added;
    }

    /** Adds the begin and end tokens that the file asks for; SentencePiece models begin with one where it is silent. */
    private ObjectNode postProcessor(boolean beginDefault) {
        ObjectNode processor = new ObjectMapper().createObjectNode();
        processor.put("type", "TemplateProcessing");
        ArrayNode single = processor.putArray("single");
        ArrayNode pair = processor.putArray("pair");
        ObjectNode specials = processor.putObject("special_tokens");
        Optional<String> begin = special("bos").filter(text -> flag("add_bos_token", beginDefault));
        Optional<String> end = special("eos").filter(text -> flag("add_eos_token", false));
        begin.ifPresent(text -> addSpecial(text, "bos", single, specials));
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        end.ifPresent(text -> addSpecial(text, "eos", single, specials));
        pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        return processor;
    }

    private void addSpecial(String text, String kind, ArrayNode template, ObjectNode specials) {
        template.addObject().putObject("SpecialToken").put("id", text).put("type_id", 0);
        ObjectNode special = specials.putObject(text).put("id", text);
        special.putArray("ids").add(file.whole(PREFIX + kind + "_token_id").orElse(0L));
        special.putArray("tokens").add(text);
    }
}
