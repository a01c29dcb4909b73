package corolla.model.family;

import org.jspecify.annotations.Nullable;

/**
 * What stands before and after the blocks.
 *
 * @param embeddingScale what looked-up embeddings are multiplied by
 * @param embeddingNorm a norm on them, or null
 * @param finalNorm the norm before the head
 * @param headTied whether the head shares the embedding table
 */
public record EndsConfig(
        float embeddingScale, @Nullable NormConfig embeddingNorm, NormConfig finalNorm, boolean headTied) {

    /** Embeddings as they are. */
    public static EndsConfig of(NormConfig finalNorm, boolean headTied) {
        return new EndsConfig(1, null, finalNorm, headTied);
    }
}
