package corolla.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.model.source.ModelParts;
import corolla.model.source.ModelSource;
import corolla.model.source.SourceConfig;
import corolla.model.source.SourceProgress;
import corolla.model.tokenizer.ChatMessage;
import corolla.model.tokenizer.SpecialTokens;
import corolla.model.tokenizer.StreamingDecoder;
import corolla.model.tokenizer.Tokenizer;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real model against what transformers computed of it; fetches it when it is not in the cache. */
@Tag("e2e")
class SmolLm2Test {
    /** Where the reference's two best logits are closer, rounding may choose the other one. */
    private static final double GAP_MIN = 0.05;

    private static RealEnvironment real;
    private static Path path;
    private static JsonNode cases;

    @BeforeAll
    static void find() throws Exception {
        real = RealEnvironment.create();
        path = new ModelSource(real.environment(), SourceConfig.fromEnvironment(System.getenv()))
                .resolve("smollm2-135m", ModelParts.all(), SourceProgress.SILENT, minutes(10))
                .path();
        try (InputStream in = SmolLm2Test.class.getResourceAsStream("/golden/smollm2/greedy.json")) {
            cases = new ObjectMapper().readTree(in);
        }
    }

    @AfterAll
    static void close() {
        real.close();
    }

    @Test
    void tokenizerAndTemplateGiveTheReferencesIds() throws Exception {
        try (Tokenizer tokenizer = Tokenizer.open(path)) {
            for (JsonNode entry : cases) {
                String text = entry.has("prompt") ? entry.get("prompt").textValue() : rendered(tokenizer, entry);
                assertThat(tokenizer.encode(text)).as(text).isEqualTo(ints(entry.get("input_ids")));
                assertThat(tokenizer.decode(ints(entry.get("greedy"))))
                        .isEqualTo(entry.get("text").textValue());
                StreamingDecoder decoder = tokenizer.streamingDecoder(SpecialTokens.SHOW);
                StringBuilder streamed = new StringBuilder();
                for (int id : ints(entry.get("greedy"))) {
                    streamed.append(decoder.next(id));
                }
                assertThat(streamed.append(decoder.finish()))
                        .hasToString(entry.get("text").textValue());
            }
            assertThat(tokenizer.endTokens()).containsExactly(2);
        }
    }

    @Test
    void greedyTokensAreTheReferences() throws Exception {
        try (Kernels kernels = Kernels.best(KernelsOptions.defaults());
                Checkpoint checkpoint = Checkpoint.open(path);
                LocalModel model = LocalModel.load(
                        checkpoint,
                        WeightsType.AUTO,
                        kernels,
                        real.environment().team())) {
            for (JsonNode entry : cases) {
                int[] tokens = model.greedy(
                        ints(entry.get("input_ids")), entry.get("greedy").size(), minutes(20));
                int agreed = agreed(tokens, ints(entry.get("greedy")));
                if (agreed < tokens.length) {
                    assertThat(entry.get("top2_gap").get(agreed).doubleValue()).isLessThan(GAP_MIN);
                }
            }
        }
    }

    private static int agreed(int[] tokens, int[] wanted) {
        int agreed = 0;
        while (agreed < tokens.length && tokens[agreed] == wanted[agreed]) {
            agreed++;
        }
        return agreed;
    }

    private static String rendered(Tokenizer tokenizer, JsonNode entry) throws Exception {
        List<ChatMessage> messages = new ArrayList<>();
        entry.get("messages")
                .forEach(message -> messages.add(new ChatMessage(
                        message.get("role").textValue(), message.get("content").textValue())));
        String rendered = tokenizer.chatTemplate().orElseThrow().render(messages, true);
        assertThat(rendered).isEqualTo(entry.get("rendered").textValue());
        return rendered;
    }

    private static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.get(i).intValue();
        }
        return ints;
    }

    private static Deadline minutes(int count) {
        return Deadline.after(real.environment().clock(), Duration.ofMinutes(count));
    }
}
