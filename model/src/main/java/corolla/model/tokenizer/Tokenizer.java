package corolla.model.tokenizer;

import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Text to token ids and back, as the model's makers did it. Thread-safe. Owns native memory until it is closed. */
public final class Tokenizer implements AutoCloseable {
    /** Far above any context; keeps one text from taking all memory. */
    private static final int TEXT_LENGTH_MAX = 16 << 20;

    private final NativeTokenizer library;
    private final List<Integer> endTokens;
    private final Optional<ChatTemplate> chatTemplate;

    private Tokenizer(TokenizerFiles files) throws CheckpointException {
        this.library = new NativeTokenizer(files.json());
        long[] end = library.encode(files.endText(), false);
        this.endTokens = end.length == 1 ? List.of((int) end[0]) : List.of();
        this.chatTemplate =
                files.chatTemplate().map(source -> new ChatTemplate(source, files.beginText(), files.endText()));
    }

    /**
     * Opens the tokenizer of a model folder ({@code tokenizer.json}, or the GGUF file in it) or of a GGUF file.
     *
     * @throws CheckpointException when it is missing or not understood
     */
    public static Tokenizer open(Path model) throws IOException {
        try {
            if (Files.isDirectory(model) && !Files.exists(model.resolve("tokenizer.json"))) {
                Optional<Path> gguf = GgufFolder.find(model);
                return new Tokenizer(gguf.isPresent() ? GgufVocabulary.read(gguf.get()) : TokenizerFolder.read(model));
            }
            return new Tokenizer(Files.isDirectory(model) ? TokenizerFolder.read(model) : GgufVocabulary.read(model));
        } catch (CheckpointException broken) {
            String message = String.valueOf(broken.getMessage());
            throw message.startsWith(model.toString())
                    ? broken
                    : new CheckpointException(model + ": " + message, broken);
        }
    }

    /** The ids of a text; special tokens written in the text are recognised, none are added. */
    public int[] encode(String text) {
        return ids(text, false);
    }

    /** The ids of a text, with the begin token or what else the model's tokenizer adds around a text. */
    public int[] encodeWithSpecialTokens(String text) {
        return ids(text, true);
    }

    /** The text of ids, special tokens included; ids that the vocabulary has not are left out. */
    public String decode(int... ids) {
        return decode(SpecialTokens.SHOW, ids);
    }

    /** The text of ids; ids that the vocabulary has not are left out. */
    public String decode(SpecialTokens special, int... ids) {
        long[] all = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new IllegalArgumentException("token id " + ids[i]);
            }
            all[i] = ids[i];
        }
        return library.decode(all, special == SpecialTokens.HIDE);
    }

    /** A decoder for ids that come one by one, which hides special tokens. */
    public StreamingDecoder streamingDecoder() {
        return streamingDecoder(SpecialTokens.HIDE);
    }

    /** A decoder for ids that come one by one. */
    public StreamingDecoder streamingDecoder(SpecialTokens special) {
        return new StreamingDecoder(ids -> decode(special, ids));
    }

    /** The tokens that end an answer, as the tokenizer's own files say; the model's configuration may know more. */
    public List<Integer> endTokens() {
        return endTokens;
    }

    /** How a conversation is written for this model, when its files say. */
    public Optional<ChatTemplate> chatTemplate() {
        return chatTemplate;
    }

    @Override
    public void close() {
        library.close();
    }

    private int[] ids(String text, boolean addSpecialTokens) {
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "text of " + text.length() + " characters, allowed are " + TEXT_LENGTH_MAX);
        }
        long[] ids = library.encode(text, addSpecialTokens);
        int[] all = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            all[i] = Math.toIntExact(ids[i]);
        }
        return all;
    }
}
