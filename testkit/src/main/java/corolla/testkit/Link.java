package corolla.testkit;

import corolla.base.transport.Endpoint;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** What one direction of a connection asks the network about the way from one host to another. Confined to the loop. */
final class Link {
    private final SimulatedNetwork network;
    private final Endpoint from;
    private final Endpoint to;
    private final RandomGenerator random;
    private final Way way;
    private final Way back;
    private final String label;

    Link(SimulatedNetwork network, Endpoint from, Endpoint to, RandomGenerator random) {
        this.network = network;
        this.from = from;
        this.to = to;
        this.random = random;
        this.way = network.way(from.host(), to.host());
        this.back = network.way(to.host(), from.host());
        this.label = from + " to " + to;
    }

    Endpoint from() {
        return from;
    }

    Endpoint to() {
        return to;
    }

    boolean isCut() {
        return way.isCut();
    }

    /** Whether the receiver's answers get lost. */
    boolean isBackCut() {
        return back.isCut();
    }

    long delayNanos() {
        return way.delayNanos();
    }

    long jitterNanos() {
        NetworkConditions conditions = network.conditions();
        long jitter = random.nextLong(conditions.jitterMax().toNanos() + 1);
        boolean late = random.nextDouble() < conditions.lateProbability();
        return late ? jitter + conditions.lateBy().toNanos() : jitter;
    }

    long transferNanos(int bytes) {
        return bytes
                * 1_000_000_000L
                / way.bytesPerSecond().orElse(network.conditions().bytesPerSecond());
    }

    /** Packets end where nobody expects it. */
    int packetSize(int max) {
        return random.nextInt(4) == 0 ? 1 + random.nextInt(max) : max;
    }

    /** What arrives of a packet: now and then one byte is another. The array is changed. */
    byte[] arriving(byte[] packet) {
        if (way.damageProbability() > 0 && packet.length > 0 && random.nextDouble() < way.damageProbability()) {
            packet[random.nextInt(packet.length)] ^= (byte) (1 + random.nextInt(255));
        }
        return packet;
    }

    void noteSent(String kind, byte[] bytes) {
        network.note(label, 31L * Arrays.hashCode(bytes) + kind.hashCode());
    }
}
