package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Chooses servers for a span of blocks, and says what each costs ({@link RouteCosts}). Pure: the same view, measurements and request always
 * give the same route.
 */
public final class RoutePlanner {
    /** Weight of a server that did not answer a ping, beside those that did. */
    private static final double UNREACHABLE_WEIGHT = 1e-6;

    private RoutePlanner() {}

    /**
     * The route on which a step of one token is fastest.
     *
     * @return empty when some block of {@code wanted} has no usable server
     */
    public static Optional<Route> fastest(SwarmView view, Measurements measured, Span wanted, RoutePolicy policy) {
        List<PeerSpan> servers = usable(view, wanted, policy);
        return new ShortestPath(servers, new RouteCosts(measured, policy, wanted), wanted).find();
    }

    /** The fastest route on which {@code server} runs {@code block}. */
    static Optional<Route> through(
            SwarmView view, Measurements measured, Span wanted, RoutePolicy policy, int block, PeerSpan server) {
        var pin = new ShortestPath.Pin(block, server);
        return new ShortestPath(usable(view, wanted, policy), new RouteCosts(measured, policy, wanted), wanted, pin)
                .find();
    }

    /** How likely {@link #spread} draws each of the servers of a block. */
    static Map<PeerId, Double> shares(
            SwarmView view, Measurements measured, Span wanted, RoutePolicy policy, int block) {
        var weights = new LinkedHashMap<PeerId, Double>();
        for (PeerSpan server : usable(view, wanted, policy)) {
            if (server.span().contains(block)) {
                weights.put(server.peer(), weight(server, measured));
            }
        }
        double sum = weights.values().stream().mapToDouble(Double::doubleValue).sum();
        weights.replaceAll((_, weight) -> weight / sum);
        return weights;
    }

    /**
     * A route that spreads load, for training: at each block one of its servers, the more likely the more blocks it has and the more tokens a
     * second it announces.
     *
     * @return empty when some block of {@code wanted} has no usable server
     */
    static Optional<Route> spread(
            SwarmView view, Measurements measured, Span wanted, RoutePolicy policy, RandomGenerator random) {
        List<PeerSpan> servers = usable(view, wanted, policy);
        var hops = new ArrayList<Hop>();
        int block = wanted.start();
        while (block < wanted.end()) {
            int at = block;
            List<PeerSpan> candidates = servers.stream()
                    .filter(server -> server.span().contains(at))
                    .toList();
            if (candidates.isEmpty()) {
                return Optional.empty();
            }
            PeerSpan chosen = draw(candidates, measured, random);
            int end = Math.min(chosen.span().end(), wanted.end());
            hops.add(new Hop(chosen.peer(), new Span(block, end)));
            block = end;
        }
        var route = new Route(hops, 0);
        double seconds = costs(view, measured, route, policy).stream()
                .mapToDouble(HopCost::seconds)
                .sum();
        return Optional.of(new Route(hops, seconds));
    }

    /** What each hop of a route over servers of this view costs; the last one's includes the way back. */
    static List<HopCost> costs(SwarmView view, Measurements measured, Route route, RoutePolicy policy) {
        Map<PeerId, PeerSpan> servers = new LinkedHashMap<>();
        view.spans(ServerState.ONLINE).forEach(server -> servers.put(server.peer(), server));
        var costs = new RouteCosts(measured, policy, route.span());
        var list = new ArrayList<HopCost>();
        PeerSpan before = null;
        for (Hop hop : route.hops()) {
            PeerSpan server = Objects.requireNonNull(servers.get(hop.peer()), "a server of another view");
            boolean isLast = hop.span().end() == route.span().end();
            double way = before == null ? costs.fromClient(server) : costs.between(before, server);
            list.add(new HopCost(
                    hop,
                    before != null && costs.isDirect(before, server),
                    way,
                    RouteCosts.OVERHEAD_SECONDS,
                    costs.queue(server),
                    costs.cachePenalty(server),
                    hop.span().length() * costs.block(server),
                    costs.isObserved(server),
                    isLast ? costs.fromClient(server) : 0));
            before = server;
        }
        return list;
    }

    private static List<PeerSpan> usable(SwarmView view, Span wanted, RoutePolicy policy) {
        return view.spans(ServerState.ONLINE).stream()
                .filter(server -> isUsable(server, policy))
                .filter(server -> server.span().intersection(wanted).isPresent())
                .toList();
    }

    static boolean isUsable(PeerSpan server, RoutePolicy policy) {
        return policy.allows(server);
    }

    private static PeerSpan draw(List<PeerSpan> candidates, Measurements measured, RandomGenerator random) {
        double[] weights = candidates.stream()
                .mapToDouble(server -> weight(server, measured))
                .toArray();
        double drawn = random.nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length - 1; i++) {
            drawn -= weights[i];
            if (drawn < 0) {
                return candidates.get(i);
            }
        }
        return candidates.getLast();
    }

    /** Stock clients weigh by length alone. A server that announces no throughput is taken for a slow one. */
    private static double weight(PeerSpan server, Measurements measured) {
        double weight = server.length() * Math.max(server.info().throughput(), 1e-3);
        return measured.isUnreachable(server.peer()) ? weight * UNREACHABLE_WEIGHT : weight;
    }
}
