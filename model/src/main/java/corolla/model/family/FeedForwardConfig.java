package corolla.model.family;

/**
 * The feed-forward part of a block: {@code down(activation(gate(x)) * up(x))}.
 *
 * @param innerSize width between the projections
 */
public record FeedForwardConfig(int innerSize) {

    public FeedForwardConfig {
        ConfigChecks.positive("feed-forward size", innerSize);
    }
}
