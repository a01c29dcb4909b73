package corolla.client.generation;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * How the next token is chosen from the logits.
 *
 * @param temperature 0 takes the likeliest token always; 1 samples as the model says; above, more freely
 * @param topK only the k likeliest tokens are candidates; 0 for all
 * @param topP only the likeliest tokens that together have this probability are candidates; 1 for all
 * @param repetitionPenalty above 1, tokens that have occurred become less likely; 1 for none
 * @param seed same seed, same model, same tokens
 */
@RecordBuilder
public record SamplingOptions(double temperature, int topK, double topP, double repetitionPenalty, long seed)
        implements SamplingOptionsBuilder.With {

    private static final SamplingOptions GREEDY = new SamplingOptions(0, 0, 1, 1, 0);

    public SamplingOptions {
        check(temperature >= 0 && temperature <= 100, "temperature", temperature, "0 to 100");
        check(topK >= 0, "top-k", topK, "0 or more");
        check(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1");
        check(repetitionPenalty > 0 && repetitionPenalty <= 100, "repetition-penalty", repetitionPenalty, "above 0");
    }

    /** The likeliest token, always. */
    public static SamplingOptions greedy() {
        return GREEDY;
    }

    private static void check(boolean valid, String name, double value, String allowed) {
        if (!valid) {
            throw new IllegalArgumentException(name + " " + value + " is not " + allowed);
        }
    }
}
