package corolla.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a Hugging Face folder: {@code tokenizer.json}, {@code tokenizer_config.json}, {@code chat_template.jinja}. */
final class TokenizerFolder {
    private static final long TOKENIZER_BYTES_MAX = 256 << 20; // the largest published have 30 MB
    private static final long CONFIG_BYTES_MAX = 64 << 20;
    private static final long TEMPLATE_BYTES_MAX = 1 << 20;

    private TokenizerFolder() {}

    static TokenizerFiles read(Path folder) throws IOException {
        Path tokenizer = folder.resolve("tokenizer.json");
        if (!Files.exists(tokenizer)) {
            throw new CheckpointException(
                    tokenizer + " is missing; other forms (tokenizer.model, vocab.json) are not read:"
                            + " save the tokenizer with a current version of transformers, which writes tokenizer.json");
        }
        JsonNode config = config(folder.resolve("tokenizer_config.json"));
        return new TokenizerFiles(
                text(tokenizer, TOKENIZER_BYTES_MAX),
                tokenText(config.path("bos_token")),
                tokenText(config.path("eos_token")),
                template(folder.resolve("chat_template.jinja"), config.path("chat_template")));
    }

    private static JsonNode config(Path file) throws IOException {
        return Files.exists(file)
                ? new ObjectMapper().readTree(text(file, CONFIG_BYTES_MAX))
                : MissingNode.getInstance();
    }

    /** A token is given by its text, or as an object with it. */
    private static String tokenText(JsonNode token) {
        return token.isTextual() ? token.textValue() : token.path("content").asText("");
    }

    /** A file of its own goes first; inside the configuration it is a text, or a list of named ones. */
    private static Optional<String> template(Path file, JsonNode inConfig) throws IOException {
        if (Files.exists(file)) {
            return Optional.of(text(file, TEMPLATE_BYTES_MAX));
        }
        if (inConfig.isTextual()) {
            return Optional.of(inConfig.textValue());
        }
        for (JsonNode named : inConfig) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }

    private static String text(Path file, long bytesMax) throws IOException {
        if (Files.size(file) > bytesMax) {
            throw new CheckpointException(file + " has " + Files.size(file) + " bytes, allowed are " + bytesMax);
        }
        return Files.readString(file);
    }
}
