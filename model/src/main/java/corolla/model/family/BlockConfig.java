package corolla.model.family;

/**
 * One decoder block, assembled from parts. Blocks that are alike share one record.
 *
 * @param layout how the parts are joined
 * @param norm of every norm in the block
 * @param attention the attention part
 * @param feedForward the feed-forward part
 */
public record BlockConfig(
        BlockLayout layout, NormConfig norm, AttentionConfig attention, FeedForwardConfig feedForward) {

    public BlockConfig {
        if (layout.hasPostNorms() && norm.kind() != NormConfig.Kind.RMS) {
            throw new IllegalArgumentException("norms after branches are known as RMS only, not " + norm.kind());
        }
    }
}
