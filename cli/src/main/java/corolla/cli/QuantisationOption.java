package corolla.cli;

import corolla.model.weights.BlockFormat;
import corolla.model.weights.Quantisation;
import corolla.model.weights.WeightsType;
import corolla.tensor.KernelsOptions;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What the matrices of blocks become while loading. */
final class QuantisationOption {
    private static final long GIB = 1L << 30;

    @Option(
            names = {"--quantization", "--quant-type"},
            paramLabel = "TYPE",
            defaultValue = "none",
            description = "Turn the blocks' matrices into int8 (LLM.int8) or nf4 while loading, or none."
                    + " The result is kept on disk for the next start. Default: ${DEFAULT-VALUE}.")
    private String quantisation = "none";

    @Option(
            names = "--quantized-cache-gb",
            paramLabel = "GB",
            defaultValue = "64",
            description = "How much quantised blocks may take on disk; 0: keep none. Default: ${DEFAULT-VALUE}.")
    private long cacheGigabytes = 64;

    /** @param type of what is not quantised */
    BlockFormat format(WeightsType type) {
        return format(type, parse(quantisation));
    }

    /** With the same cache. */
    BlockFormat format(WeightsType type, Quantisation chosen) {
        if (cacheGigabytes < 0 || cacheGigabytes > Long.MAX_VALUE / GIB) {
            throw new UserException("--quantized-cache-gb " + cacheGigabytes + " is no number of gigabytes");
        }
        return cacheGigabytes == 0
                ? BlockFormat.of(type, chosen)
                : BlockFormat.of(type, chosen, KernelsOptions.defaults().cacheFolder(), cacheGigabytes * GIB);
    }

    private static Quantisation parse(String text) {
        try {
            return Quantisation.parse(text.toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UserException("--quantization: " + e.getMessage(), e);
        }
    }
}
