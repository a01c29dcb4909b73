package corolla.model.family;

import corolla.tensor.Activation;
import corolla.tensor.ExpertGate;
import corolla.tensor.RoutingRule;

/** The feed-forward part of a block. */
public sealed interface FeedForwardConfig {

    /** Width between the projections. */
    int innerSize();

    /** Width of what the first projection makes. */
    int projectedSize();

    /** Width of what routing needs besides, for a hidden state of {@code hiddenSize}. */
    default int routedSize(int hiddenSize) {
        return 0;
    }

    /** One part for all tokens. */
    sealed interface Dense extends FeedForwardConfig {}

    /**
     * Experts of which a router chooses some for each token, and perhaps one more for all.
     *
     * @param rule how the router chooses
     * @param expertSize width between an expert's projections
     * @param gate what is between them
     * @param bias whether the router and the experts' projections add a bias
     * @param corrected whether the router has corrections of its choice
     * @param sharedSize width between the projections of the expert for all, gated by silu; 0 where there is none
     */
    record Sparse(RoutingRule rule, int expertSize, ExpertGate gate, boolean bias, boolean corrected, int sharedSize)
            implements FeedForwardConfig {

        public Sparse {
            ConfigChecks.positive("expert size", expertSize);
        }

        @Override
        public int innerSize() {
            return Math.max(Math.multiplyExact(rule.choices(), expertSize), sharedSize);
        }

        @Override
        public int projectedSize() {
            return Math.multiplyExact(2, innerSize());
        }

        @Override
        public int routedSize(int hiddenSize) {
            return Math.addExact(
                    Math.multiplyExact(rule.choices(), Math.addExact(hiddenSize, expertSize)), rule.experts());
        }

        /** The expert for all. */
        public Gated shared() {
            return new Gated(sharedSize, Activation.SILU, false);
        }
    }

    /**
     * {@code down(activation(gate(x)) · up(x))}.
     *
     * @param bias whether the three projections add a bias
     */
    record Gated(int innerSize, Activation activation, boolean bias) implements Dense {

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
    record Plain(int innerSize, Activation activation, boolean bias) implements Dense {

        public Plain {
            ConfigChecks.positive("feed-forward size", innerSize);
        }

        @Override
        public int projectedSize() {
            return innerSize;
        }
    }
}
