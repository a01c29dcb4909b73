package corolla.server;

import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;

/** Sizes that follow from the model when the operator gives none. As stock servers: models with grouped keys get more. */
final class Sizes {
    private static final int GROUPED_CACHE_TOKENS = 16_384;
    private static final int CACHE_TOKENS = 4096;
    private static final int GROUPED_LENGTH = 8192;
    private static final int LENGTH = 2048;

    private Sizes() {}

    private static boolean isGrouped(ModelConfig config) {
        AttentionConfig attention = config.attention();
        return attention.heads() > attention.keyValueHeads();
    }

    static int cacheTokens(ServerConfig server, ModelConfig model) {
        return server.cacheTokens().orElse(isGrouped(model) ? GROUPED_CACHE_TOKENS : CACHE_TOKENS);
    }

    static int inferenceLengthMax(ServerConfig server, ModelConfig model) {
        return server.inferenceLengthMax().orElse(isGrouped(model) ? GROUPED_LENGTH : LENGTH);
    }

    static int batchTokensMax(ServerConfig server, ModelConfig model) {
        return server.batchTokensMax().orElse(isGrouped(model) ? GROUPED_LENGTH : LENGTH);
    }
}
