package corolla.model.family;

import corolla.tensor.Activation;

/** The feed-forward part of a block. */
public sealed interface FeedForwardConfig {

    /** Width between the projections. */
    int innerSize();

    /** Width of what the first projection makes. */
    int projectedSize();

    /**
     * {@code down(activation(gate(x)) · up(x))}.
     *
     * @param bias whether the three projections add a bias
     */
    record Gated(int innerSize, Activation activation, boolean bias) implements FeedForwardConfig {

        public Gated {
            ConfigChecks.positive("feed-forward size", innerSize);
        }

        @Override
        public int projectedSize() {
            return 2 * innerSize;
        }
    }

    /**
     * {@code down(activation(up(x)))}.
     *
     * @param bias whether both projections add a bias
     */
    record Plain(int innerSize, Activation activation, boolean bias) implements FeedForwardConfig {

        public Plain {
            ConfigChecks.positive("feed-forward size", innerSize);
        }

        @Override
        public int projectedSize() {
            return innerSize;
        }
    }
}
