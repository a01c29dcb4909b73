package corolla.cli;

import corolla.server.ServerConfig;
import corolla.swarm.codec.Compression;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What sessions and calls get of a server, and what it tells of itself. */
final class ServingOptions {
    @Option(
            names = "--throughput",
            paramLabel = "auto|N",
            defaultValue = "auto",
            description = "Tokens a second to announce, or auto: measure. Default: ${DEFAULT-VALUE}.")
    private String throughput = "auto";

    @Option(
            names = "--attn-cache-tokens",
            paramLabel = "N",
            description =
                    "Tokens of all sessions whose keys and values are kept for each block. Default: by the model.")
    private @Nullable Integer cacheTokens;

    @Option(
            names = "--inference-max-length",
            paramLabel = "N",
            description = "Longest session in tokens. Default: by the model.")
    private @Nullable Integer inferenceLengthMax;

    @Option(
            names = "--max-batch-size",
            paramLabel = "N",
            description = "Most tokens of one forward call. Default: by the model.")
    private @Nullable Integer batchTokensMax;

    @Option(
            names = "--compression",
            paramLabel = "CODEC",
            defaultValue = "NONE",
            description = "How answers are packed: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Compression compression = Compression.NONE;

    @Option(
            names = "--update-period",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "How often the swarm is told. Default: ${DEFAULT-VALUE}.")
    private double updateSeconds;

    @Option(
            names = "--public-name",
            paramLabel = "NAME",
            description = "Who lends this machine: shown by monitors and 'corolla info'.")
    private @Nullable String publicName;

    /** Of one model: others of the node have their own. */
    void chooseCache(ServerConfig.Builder config) {
        if (cacheTokens != null) {
            config.cacheTokens(cacheTokens);
        }
    }

    /** What all models of a node have in common. */
    void choose(ServerConfig.Builder config) {
        config.publicName(publicName).compression(compression).updatePeriod(Sizes.ofSeconds(updateSeconds));
        if (inferenceLengthMax != null) {
            config.inferenceLengthMax(inferenceLengthMax);
        }
        if (batchTokensMax != null) {
            config.batchTokensMax(batchTokensMax);
        }
        if (!throughput.equalsIgnoreCase("auto")) {
            config.throughput(tokensPerSecond(throughput));
        }
    }

    private static double tokensPerSecond(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new UserException("--throughput '" + text + "' is neither auto nor a number of tokens a second", e);
        }
    }
}
