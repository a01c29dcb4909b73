package corolla.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.model.family.CheckpointException;
import corolla.model.weights.TinyGguf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufTokenizerTest {
    @TempDir
    Path folder;

    /** "hello" is made by merges h+e, l+l, he+ll, hell+o; a space is "Ġ" in byte-level vocabularies. */
    private static TinyGguf byteLevel() {
        return new TinyGguf()
                .put("tokenizer.ggml.model", "gpt2")
                .put("tokenizer.ggml.pre", "smollm")
                .put(
                        "tokenizer.ggml.tokens",
                        List.of(
                                "<end>", "h", "e", "l", "o", "Ġ", "1", "2", "he", "ll", "hell", "hello", "Ġhello",
                                "<tool>", "Ã", "©", "12"))
                .put("tokenizer.ggml.token_type", List.of(3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1))
                .put("tokenizer.ggml.merges", List.of("h e", "l l", "he ll", "hell o", "Ġ hello", "1 2"))
                .put("tokenizer.ggml.eos_token_id", 0)
                .put("tokenizer.chat_template", "{{ eos_token }}{{ messages[0].content }}");
    }

    /** Scores say the order: "▁a" before "ab". Unknown characters fall back to bytes. */
    private static TinyGguf sentencePiece() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "ab", "x"));
        List<Integer> types = new ArrayList<>(List.of(2, 3, 3, 1, 1, 1, 1, 1, 1));
        List<Float> scores = new ArrayList<>(List.of(0f, 0f, 0f, -10f, -11f, -12f, -1f, -2f, -3f));
        for (int b = 0; b < 256; b++) {
            tokens.add(String.format("<0x%02X>", b));
            types.add(6);
            scores.add(0f);
        }
        return new TinyGguf()
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.scores", scores)
                .put("tokenizer.ggml.bos_token_id", 1)
                .put("tokenizer.ggml.eos_token_id", 2)
                .put("tokenizer.ggml.unknown_token_id", 0);
    }

    @Test
    void byteLevelMergesByRankAndCutsDigits() throws Exception {
        try (Tokenizer tokenizer = open(byteLevel())) {
            assertThat(tokenizer.encode("hello hello")).containsExactly(11, 12);
            assertThat(tokenizer.encode("12"))
                    .as("each digit alone, whatever the merges")
                    .containsExactly(6, 7);
            assertThat(tokenizer.decode(11, 12)).isEqualTo("hello hello");
        }
    }

    @Test
    void specialTokensInATextAreRecognised() throws Exception {
        try (Tokenizer tokenizer = open(byteLevel())) {
            assertThat(tokenizer.encode("hello<end>hello<tool>")).containsExactly(11, 0, 11, 13);
            assertThat(tokenizer.decode(SpecialTokens.HIDE, 11, 0, 11)).isEqualTo("hellohello");
            assertThat(tokenizer.decode(11, 0)).isEqualTo("hello<end>");
            assertThat(tokenizer.endTokens()).containsExactly(0);
        }
    }

    @Test
    void characterOfTwoTokensIsStreamedWhole() throws Exception {
        try (Tokenizer tokenizer = open(byteLevel())) {
            StreamingDecoder decoder = tokenizer.streamingDecoder();
            assertThat(decoder.next(11)).isEqualTo("hello");
            assertThat(decoder.next(14)).isEmpty();
            assertThat(decoder.next(15)).isEqualTo("é");
            assertThat(decoder.next(0)).isEmpty();
            assertThat(decoder.next(12)).isEqualTo(" hello");
        }
    }

    @Test
    void templateOfTheFileIsUsed() throws Exception {
        try (Tokenizer tokenizer = open(byteLevel())) {
            assertThat(tokenizer.chatTemplate().orElseThrow().render(List.of(new ChatMessage("user", "hello")), false))
                    .isEqualTo("<end>hello");
        }
    }

    @Test
    void sentencePieceMergesByScore() throws Exception {
        try (Tokenizer tokenizer = open(sentencePiece())) {
            assertThat(tokenizer.encode("ab"))
                    .as("▁a is better than ab, and stops it")
                    .containsExactly(6, 5);
            assertThat(tokenizer.encode("a ab")).containsExactly(6, 6, 5);
            assertThat(tokenizer.encode("bab")).containsExactly(3, 5, 7);
            assertThat(tokenizer.decode(6, 6, 5)).isEqualTo("a ab");
        }
    }

    @Test
    void sentencePieceFallsBackToBytes() throws Exception {
        try (Tokenizer tokenizer = open(sentencePiece())) {
            int[] ids = tokenizer.encode("aé");
            assertThat(ids).containsExactly(6, 9 + 0xC3, 9 + 0xA9);
            assertThat(tokenizer.decode(ids)).isEqualTo("aé");
            StreamingDecoder decoder = tokenizer.streamingDecoder();
            assertThat(decoder.next(6) + "|" + decoder.next(9 + 0xC3) + "|" + decoder.next(9 + 0xA9))
                    .isEqualTo("a||é");
        }
    }

    @Test
    void sentencePieceBeginsWithItsToken() throws Exception {
        try (Tokenizer tokenizer = open(sentencePiece())) {
            assertThat(tokenizer.encodeWithSpecialTokens("a")).containsExactly(1, 6);
            assertThat(tokenizer.encode("<s>a")).containsExactly(1, 6);
        }
        try (Tokenizer tokenizer = open(sentencePiece().put("tokenizer.ggml.add_bos_token", false))) {
            assertThat(tokenizer.encodeWithSpecialTokens("a")).containsExactly(6);
        }
    }

    @Test
    void whatIsNotKnownIsNamed() {
        assertRefused(
                byteLevel().put("tokenizer.ggml.pre", "klingon"),
                "pre-tokenizer \"klingon\" is not known, known are gpt-2");
        assertRefused(byteLevel().put("tokenizer.ggml.model", "bert"), "tokenizer \"bert\" is not known");
        assertRefused(byteLevel().put("tokenizer.ggml.token_type", List.of(1)), "17 tokens with 1 types");
        assertRefused(byteLevel().put("tokenizer.ggml.merges", List.of("he")), "has no two parts");
        assertRefused(byteLevel().put("tokenizer.ggml.merges", List.of("x y")), "tokenizer cannot be loaded");
        assertRefused(new TinyGguf(), "tokenizer.ggml.tokens is missing");
        assertThatThrownBy(() -> Tokenizer.open(folder).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json is missing");
    }

    @Test
    void closedTokenizerRefuses() throws Exception {
        Tokenizer tokenizer = open(byteLevel());
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tokenizer.decode(1)).isInstanceOf(IllegalStateException.class);
    }

    private void assertRefused(TinyGguf gguf, String why) {
        assertThatThrownBy(() -> open(gguf).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(why);
    }

    private Tokenizer open(TinyGguf gguf) throws Exception {
        Path file = Files.write(Files.createTempFile(folder, "tiny", ".model"), gguf.bytes());
        return Tokenizer.open(file);
    }
}
