package corolla.client.routing;

import corolla.client.routing.RoutePolicy.Handover;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.Span;
import corolla.swarm.protocol.PushSupport;
import corolla.swarm.protocol.ServerLoad;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of a route cost, in seconds for a step of one token. Those of stock Petals (petals-behaviour, "min_latency": half a round
 * trip for each way, a fixed overhead for each server, a penalty where its cache is too full) with three differences: the time for a block is
 * the observed one where there is one, a server's queue counts, and between two servers counts the way that is really taken. Pure.
 */
final class RouteCosts {
    /** Serialisation and handling of one request, as Petals assumes. */
    static final double OVERHEAD_SECONDS = 0.018;

    /** One way, when nobody has measured. */
    static final double DELAY_UNKNOWN_SECONDS = 0.15;

    /** One way at most; also that of a server that did not answer a ping (it may still serve). */
    static final double DELAY_MAX_SECONDS = 5;

    static final double CACHE_PENALTY_SECONDS = 10;

    /** Tokens per second of one block, when a server announces none. */
    static final double INFERENCE_RPS_UNKNOWN = 300;

    private final Measurements measured;
    private final RoutePolicy policy;
    private final Span wanted;

    RouteCosts(Measurements measured, RoutePolicy policy, Span wanted) {
        this.measured = measured;
        this.policy = policy;
        this.wanted = wanted;
    }

    /** One way between the client and a server. */
    double fromClient(PeerSpan server) {
        return delay(measured.pings().get(server.peer()));
    }

    /** The way of hidden states from one server to the next. */
    double between(PeerSpan from, PeerSpan to) {
        double throughClient = fromClient(from) + fromClient(to);
        if (!isDirect(from, to)) {
            return throughClient;
        }
        Map<PeerId, Double> announced = from.info().details().nextPings();
        Double roundTrip = announced == null ? null : announced.get(to.peer());
        // A way that nobody has measured is at worst the one that we know.
        return roundTrip == null ? Math.min(DELAY_UNKNOWN_SECONDS, throughClient) : delay(roundTrip);
    }

    /** Whether the first server would push to the second. */
    boolean isDirect(PeerSpan from, PeerSpan to) {
        return policy.handover() == Handover.DIRECT
                && PushSupport.isAnnounced(from.info().details())
                && PushSupport.isAnnounced(to.info().details());
    }

    /** What it costs to ask one server more: overhead, its queue, and a full cache. */
    double entry(PeerSpan server) {
        return OVERHEAD_SECONDS + queue(server) + cachePenalty(server);
    }

    /** Steps that waited there when it announced itself, each through all its blocks. */
    double queue(PeerSpan server) {
        return ServerLoad.of(server.info().details()).waiting() * server.length() * block(server);
    }

    /**
     * The announced figure counts a key or a value of one block per token; a session takes both, in at most the wanted blocks of the
     * server.
     */
    double cachePenalty(PeerSpan server) {
        Long left = server.info().details().cacheTokensLeft();
        int blocks = server.span().intersection(wanted).map(Span::length).orElse(0);
        boolean isFull = left != null && 2 * policy.cacheTokens() * blocks > left;
        return policy.cacheTokens() > 0 && isFull ? CACHE_PENALTY_SECONDS : 0;
    }

    /** One token through one block. */
    double block(PeerSpan server) {
        Double observed = measured.blockSeconds().get(server.peer());
        return observed != null ? observed : announcedBlock(server.info().details());
    }

    /** Whether {@link #block} has been observed, not announced. */
    boolean isObserved(PeerSpan server) {
        return measured.blockSeconds().containsKey(server.peer());
    }

    static double announcedBlock(ServerDetails details) {
        Double rps = details.inferenceRps();
        return 1 / (rps == null || rps <= 0 ? INFERENCE_RPS_UNKNOWN : rps);
    }

    /** One way, of a round trip that may be unknown. */
    static double delay(@Nullable Double roundTrip) {
        return roundTrip == null ? DELAY_UNKNOWN_SECONDS : Math.min(roundTrip / 2, DELAY_MAX_SECONDS);
    }
}
