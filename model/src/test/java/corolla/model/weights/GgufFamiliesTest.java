package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.base.compute.InlineTeam;
import corolla.model.LocalModel;
import corolla.model.family.AttentionConfig;
import corolla.model.family.AttentionConfig.Storage;
import corolla.model.family.BlockConfig;
import corolla.model.family.ModelConfig;
import corolla.model.family.NormConfig;
import corolla.model.family.RopeConfig;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenGguf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What llama.cpp's converter made of golden models is the same model. */
class GgufFamiliesTest {
    private static final int[][] PROMPTS = {
        new Random(5).ints(12, 0, 100).toArray(), new Random(6).ints(12, 0, 100).toArray()
    };

    @TempDir
    Path folder;

    static List<String> names() {
        return GoldenGguf.ALL;
    }

    @ParameterizedTest
    @MethodSource("names")
    void answersAreThoseOfThePublishedForm(String name) throws Exception {
        Answers published = answers(GoldenGguf.unpackSource(name, folder));
        Answers converted = answers(GoldenGguf.unpack(name, folder));
        assertThat(converted.greedy).containsExactly(published.greedy);
        assertThat(converted.logits).hasSameSizeAs(published.logits);
        for (int i = 0; i < published.logits.length; i++) {
            assertThat(converted.logits[i]).as("logit %d", i).isCloseTo(published.logits[i], within(2e-4f));
        }
    }

    private record Answers(float[] logits, int[] greedy) {}

    private static Answers answers(Path path) throws IOException, InterruptedException {
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(path);
                LocalModel model = LocalModel.load(checkpoint, WeightsType.AUTO, kernels, new InlineTeam());
                Arena arena = Arena.ofShared()) {
            return new Answers(
                    model.logits(PROMPTS, arena, InlineTeam.NO_DEADLINE).toFloats(),
                    model.greedy(PROMPTS[0], 12, InlineTeam.NO_DEADLINE));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void configurationIsThatOfThePublishedForm(String name) throws Exception {
        try (Checkpoint source = Checkpoint.open(GoldenGguf.unpackSource(name, folder));
                Checkpoint gguf = Checkpoint.open(GoldenGguf.unpack(name, folder))) {
            ModelConfig published = source.config();
            ModelConfig converted = gguf.config();
            assertThat(converted.blockCount()).isEqualTo(published.blockCount());
            for (int i = 0; i < published.blockCount(); i++) {
                assertSameButAsStored(converted.block(i), published.block(i));
            }
            assertThat(converted.hiddenSize()).isEqualTo(published.hiddenSize());
            assertThat(converted.vocabularySize()).isEqualTo(published.vocabularySize());
            assertThat(converted.headTied()).isEqualTo(published.headTied());
            assertThat(converted.storedType()).isEqualTo(DType.F32);
            assertThat(converted.beginToken()).isEqualTo(published.beginToken());
        }
    }

    /** The converter adds one to Gemma's norms, sorts rows, and writes Llama 3's frequencies as a tensor. */
    private static void assertSameButAsStored(BlockConfig converted, BlockConfig published) {
        AttentionConfig theirs = converted.attention();
        AttentionConfig ours = published.attention();
        Storage storage = ours.storage() == Storage.GROUPED ? Storage.JOINED : ours.storage();
        assertThat(theirs).isEqualTo(ours.withStorage(storage).withPositions(theirs.positions()));
        assertThat(converted.feedForward()).isEqualTo(published.feedForward());
        assertThat(converted.layout()).isEqualTo(published.layout());
        assertThat(converted.norm())
                .isEqualTo(
                        new NormConfig(published.norm().kind(), published.norm().epsilon(), false));
        if (ours.positions() instanceof RopeConfig rope) {
            assertThat(theirs.rope().frequencies()).containsExactly(rope.frequencies(), within(1e-7));
            assertThat(theirs.rope().scaling().amplitude())
                    .isCloseTo(rope.scaling().amplitude(), within(1e-6));
            assertThat(theirs.rope().pairing()).isEqualTo(rope.pairing());
        } else {
            assertThat(theirs.positions()).isEqualTo(ours.positions());
        }
    }
}
