package corolla.cli;

import corolla.client.generation.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
final class SamplingFlags {
    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 takes the likeliest token, always; 1 samples as the model says.")
    private @Nullable Double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Sample among the K likeliest tokens only.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Sample among the likeliest tokens that together have probability P.")
    private @Nullable Double topP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            description = "Above 1: tokens that have occurred become less likely.")
    private @Nullable Double repetitionPenalty;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Same seed, same model, same tokens. Default: another each time.")
    private @Nullable Long seed;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer where this text would come. May be given several times.")
    private List<String> stops = new ArrayList<>();

    /** What was asked for, over {@code usual}. */
    SamplingOptions over(SamplingOptions usual, long freshSeed) {
        try {
            return new SamplingOptions(
                    temperature == null ? usual.temperature() : temperature,
                    topK == 0 ? usual.topK() : topK,
                    topP == null ? usual.topP() : topP,
                    repetitionPenalty == null ? usual.repetitionPenalty() : repetitionPenalty,
                    seed == null ? freshSeed : seed);
        } catch (IllegalArgumentException e) {
            throw new UserException("--" + e.getMessage(), e);
        }
    }

    List<String> stops() {
        return stops.stream().map(String::translateEscapes).toList();
    }
}
