package corolla.client.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final SamplingOptions SAMPLING =
            SamplingOptions.greedy().withTemperature(1).withSeed(5);

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        assertThat(new Sampler(SamplingOptions.greedy()).next(new float[] {1, 3, Float.NaN, 3, 2}))
                .isEqualTo(1);
    }

    @Test
    void logitsWithoutANumberAreRefused() {
        assertThatThrownBy(() -> new Sampler(SamplingOptions.greedy()).next(new float[] {Float.NaN, Float.NaN}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 logits");
    }

    @Test
    void sameSeedGivesTheSameTokens() {
        assertThat(draws(SAMPLING, logits(50, 1), 200)).isEqualTo(draws(SAMPLING, logits(50, 1), 200));
        assertThat(draws(SAMPLING, logits(50, 1), 200)).isNotEqualTo(draws(SAMPLING.withSeed(6), logits(50, 1), 200));
    }

    @Test
    void drawsFollowTheProbabilities() {
        float[] logits = logits(20, 2);
        for (double temperature : new double[] {0.5, 1, 2}) {
            assertFrequencies(SAMPLING.withTemperature(temperature), logits);
        }
    }

    @Test
    void topKAndTopPCutTheTail() {
        float[] logits = logits(300, 3);
        assertFrequencies(SAMPLING.withTopK(7), logits);
        assertFrequencies(SAMPLING.withTopP(0.8), logits);
        assertFrequencies(SAMPLING.withTopP(0.6).withTopK(12).withTemperature(1.7), logits);
    }

    @Test
    void topKOfOneIsGreedy() {
        float[] logits = logits(300, 4);
        assertThat(draws(SAMPLING.withTopK(1), logits, 20)).containsOnly(Sampler.likeliest(logits));
    }

    @Test
    void tinyTopPIsGreedy() {
        float[] logits = logits(300, 4);
        assertThat(draws(SAMPLING.withTopP(1e-9), logits, 20)).containsOnly(Sampler.likeliest(logits));
    }

    @Test
    void excludedTokensAreNeverDrawn() {
        float[] logits = new float[100];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[42] = -3;
        logits[43] = -3;
        assertThat(draws(SAMPLING, logits, 50)).containsOnly(42, 43);
    }

    @Test
    void repetitionPenaltyMakesPromptAndDrawnTokensLessLikely() {
        var sampler = new Sampler(SamplingOptions.greedy().withRepetitionPenalty(2));
        sampler.occurred(0);
        assertThat(sampler.next(new float[] {5, 4, 3})).isEqualTo(1);
        assertThat(sampler.next(new float[] {5, 4, 3})).isEqualTo(2);
        assertThat(sampler.next(new float[] {-1, -3, -1.5f})).isEqualTo(0); // -2, -6, -3
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> SAMPLING.withTemperature(-1)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> SAMPLING.withTopP(0)).hasMessageContaining("top-p");
        assertThatThrownBy(() -> SAMPLING.withTopK(-1)).hasMessageContaining("top-k");
        assertThatThrownBy(() -> SAMPLING.withRepetitionPenalty(0)).hasMessageContaining("repetition-penalty");
        assertThatThrownBy(() -> SAMPLING.withTemperature(Double.NaN)).hasMessageContaining("temperature");
    }

    private static int[] draws(SamplingOptions options, float[] logits, int count) {
        var sampler = new Sampler(options);
        return IntStream.range(0, count).map(i -> sampler.next(logits.clone())).toArray();
    }

    /** Compares with the definition, computed the slow way. Seeded, so it cannot flicker. */
    private static void assertFrequencies(SamplingOptions options, float[] logits) {
        int count = 40_000;
        double[] expected = probabilities(options, logits);
        double[] seen = new double[logits.length];
        for (int id : draws(options, logits, count)) {
            seen[id] += 1.0 / count;
        }
        for (int id = 0; id < logits.length; id++) {
            assertThat(seen[id]).as("token %s under %s", id, options).isCloseTo(expected[id], within(0.012));
            if (expected[id] == 0) {
                assertThat(seen[id])
                        .as("token %s is cut off by %s", id, options)
                        .isZero();
            }
        }
    }

    private static double[] probabilities(SamplingOptions options, float[] logits) {
        Integer[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -logits[i]))
                .toArray(Integer[]::new);
        int kept = options.topK() == 0 ? logits.length : options.topK();
        double[] weights = new double[logits.length];
        double sum = 0;
        for (int rank = 0; rank < kept; rank++) {
            weights[order[rank]] = Math.exp(logits[order[rank]] / options.temperature());
            sum += weights[order[rank]];
        }
        double nucleus = 0;
        double reached = 0;
        for (int rank = 0; rank < kept; rank++) {
            if (reached >= options.topP() * sum) {
                weights[order[rank]] = 0;
            }
            reached += weights[order[rank]];
            nucleus += weights[order[rank]];
        }
        for (int id = 0; id < weights.length; id++) {
            weights[id] /= nucleus;
        }
        return weights;
    }

    private static float[] logits(int count, long seed) {
        var random = new SplittableRandom(seed);
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = (float) (random.nextDouble() * 8 - 4);
        }
        return logits;
    }
}
