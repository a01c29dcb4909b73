package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import java.util.Set;

/**
 * What a route is wanted for.
 *
 * @param cacheTokens tokens for which each server must keep keys and values; 0 for none
 * @param handover which way hidden states take between two servers
 * @param adapter LoRA adapter that each server must announce; empty for the plain model
 * @param excluded servers that are not to be used
 */
public record RoutePolicy(long cacheTokens, Handover handover, String adapter, Set<PeerId> excluded) {

    /** Which way hidden states take between two servers. */
    public enum Handover {
        /** Back to the client, and from there to the next server. */
        THROUGH_CLIENT,
        /** Straight to the next server, by its pushes, where both announce that they can. */
        DIRECT
    }

    public RoutePolicy {
        if (cacheTokens < 0) {
            throw new IllegalArgumentException("cacheTokens " + cacheTokens + " is negative");
        }
        excluded = Set.copyOf(excluded);
    }

    /** Any server, the client between two of them. */
    public static RoutePolicy forSession(long cacheTokens) {
        return new RoutePolicy(cacheTokens, Handover.THROUGH_CLIENT, "", Set.of());
    }

    /** The same with pushes between servers that can. */
    public RoutePolicy pushing() {
        return new RoutePolicy(cacheTokens, Handover.DIRECT, adapter, excluded);
    }

    /** The same over servers that announce this adapter; empty for any server. */
    public RoutePolicy adapted(String name) {
        return new RoutePolicy(cacheTokens, handover, name, excluded);
    }

    public RoutePolicy excluding(Set<PeerId> peers) {
        return new RoutePolicy(cacheTokens, handover, adapter, peers);
    }

    /** Whether this server may be used. */
    boolean allows(PeerSpan server) {
        return !excluded.contains(server.peer())
                && (adapter.isEmpty() || server.info().details().adapters().contains(adapter));
    }
}
