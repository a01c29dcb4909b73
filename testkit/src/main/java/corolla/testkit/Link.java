package corolla.testkit;

import corolla.base.transport.Endpoint;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** What one direction of a connection asks the network about the way from one host to another. */
final class Link {
    private final SimulatedNetwork network;
    private final Endpoint from;
    private final Endpoint to;
    private final RandomGenerator random;

    Link(SimulatedNetwork network, Endpoint from, Endpoint to, RandomGenerator random) {
        this.network = network;
        this.from = from;
        this.to = to;
        this.random = random;
    }

    Endpoint from() {
        return from;
    }

    Endpoint to() {
        return to;
    }

    boolean isCut() {
        return network.isCut(from.host(), to.host());
    }

    long delayNanos() {
        return network.delayNanos(from.host(), to.host());
    }

    long jitterNanos() {
        NetworkConditions conditions = network.conditions();
        long jitter = random.nextLong(conditions.jitterMax().toNanos() + 1);
        boolean late = random.nextDouble() < conditions.lateProbability();
        return late ? jitter + conditions.lateBy().toNanos() : jitter;
    }

    long transferNanos(int bytes) {
        return bytes * 1_000_000_000L / network.conditions().bytesPerSecond();
    }

    /** Packets end where nobody expects it. */
    int packetSize(int max) {
        return random.nextInt(4) == 0 ? 1 + random.nextInt(max) : max;
    }

    void noteSent(String kind, byte[] bytes) {
        network.note(from + " to " + to + " " + kind, Arrays.hashCode(bytes));
    }
}
