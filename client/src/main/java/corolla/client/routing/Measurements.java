package corolla.client.routing;

import corolla.p2p.PeerId;
import java.util.Map;

/**
 * What this client has measured itself lately. Immutable.
 *
 * @param pings round trips from here in seconds, positive infinity for a server that did not answer
 * @param blockSeconds what a server took for one token in one block, the way there and back left out
 */
public record Measurements(Map<PeerId, Double> pings, Map<PeerId, Double> blockSeconds) {
    public static final Measurements NONE = new Measurements(Map.of(), Map.of());

    public Measurements {
        pings = Map.copyOf(pings);
        blockSeconds = Map.copyOf(blockSeconds);
    }

    static Measurements ofPings(Map<PeerId, Double> pings) {
        return new Measurements(pings, Map.of());
    }

    boolean isUnreachable(PeerId peer) {
        return pings.getOrDefault(peer, 0.0) == Double.POSITIVE_INFINITY;
    }
}
