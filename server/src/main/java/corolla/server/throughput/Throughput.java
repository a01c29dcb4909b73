package corolla.server.throughput;

import org.jspecify.annotations.Nullable;

/**
 * What a server claims. Immutable.
 *
 * @param total tokens per second of the server as a whole
 * @param networkRps tokens per second of the network, or null when not measured
 * @param forwardRps tokens per second of one block in a large forward pass, or null
 * @param inferenceRps tokens per second of one block in one-token steps, or null
 */
public record Throughput(
        double total,
        @Nullable Double networkRps,
        @Nullable Double forwardRps,
        @Nullable Double inferenceRps) {
    private static final double RELAY_PENALTY = 0.2;

    /** A number that the operator gave: nothing is known of its parts. */
    public static Throughput given(double total) {
        return new Throughput(total, null, null, null);
    }

    /**
     * From measured parts: a request uses on average half of a server's blocks, and can be no faster than the network.
     *
     * @param relayed relays are slower
     */
    public static Throughput of(
            double networkRps, double forwardRps, double inferenceRps, int blocks, boolean relayed) {
        double compute = forwardRps / ((blocks + 1) / 2.0);
        double network = networkRps * (relayed ? RELAY_PENALTY : 1);
        return new Throughput(Math.min(compute, network), networkRps, forwardRps, inferenceRps);
    }

    /** Tokens per second that a network of so many bits per second carries: 16 bits for each element of a hidden state. */
    public static double networkRps(double bitsPerSecond, int hiddenSize) {
        return bitsPerSecond / (16.0 * hiddenSize);
    }
}
