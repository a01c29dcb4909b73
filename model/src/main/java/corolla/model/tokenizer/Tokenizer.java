package corolla.model.tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Text to token ids and back, as the model's makers did it. Thread-safe. Owns native memory until it is closed. */
public final class Tokenizer implements AutoCloseable {

    private Tokenizer() {}

    /** Opens the tokenizer of a model folder ({@code tokenizer.json}) or of a GGUF file. */
    public static Tokenizer open(Path model) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** The ids of a text; special tokens written in the text are recognised, none are added. */
    public int[] encode(String text) {
        throw new UnsupportedOperationException();
    }

    /** The ids of a text, with the begin token or what else the model's tokenizer adds around a text. */
    public int[] encodeWithSpecialTokens(String text) {
        throw new UnsupportedOperationException();
    }

    /** The text of ids, special tokens included. */
    public String decode(int... ids) {
        throw new UnsupportedOperationException();
    }

    /** A decoder for ids that come one by one. */
    public StreamingDecoder streamingDecoder() {
        throw new UnsupportedOperationException();
    }

    public int vocabularySize() {
        throw new UnsupportedOperationException();
    }

    /** The tokens that end an answer, as the tokenizer's own files say; the model's configuration may know more. */
    public List<Integer> endTokens() {
        throw new UnsupportedOperationException();
    }

    /** How a conversation is written for this model, when its files say. */
    public Optional<ChatTemplate> chatTemplate() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
