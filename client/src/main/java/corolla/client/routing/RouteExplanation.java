package corolla.client.routing;

import corolla.client.routing.Candidate.Standing;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A route, what each hop of it costs, and who else could have been asked there. Immutable.
 *
 * @param route the chosen one
 * @param hops its hops in order
 */
public record RouteExplanation(Route route, List<HopChoice> hops) {
    public RouteExplanation {
        hops = List.copyOf(hops);
    }

    /**
     * One hop.
     *
     * @param cost what it costs
     * @param candidates all servers that announce its first block, whatever their state, sorted by the text of their ids
     */
    public record HopChoice(HopCost cost, List<Candidate> candidates) {
        public HopChoice {
            candidates = List.copyOf(candidates);
        }
    }

    /** What is known when a route is explained. */
    record Facts(SwarmView view, Measurements measured, RoutePolicy policy, Map<PeerId, String> failed) {}

    /** Explains the fastest route. */
    static RouteExplanation ofFastest(Facts facts, Route route) {
        return of(facts, route, (hop, server) -> {
            if (server.peer().equals(hop.peer())) {
                return new Standing.Chosen();
            }
            return RoutePlanner.through(
                            facts.view,
                            facts.measured,
                            route.span(),
                            facts.policy,
                            hop.span().start(),
                            server)
                    .<Standing>map(other -> new Standing.Slower(other.seconds() - route.seconds()))
                    .orElseGet(() -> new Standing.Unusable("no route leads through it"));
        });
    }

    /** Explains a route that was drawn to spread load. */
    static RouteExplanation ofSpread(Facts facts, Route route) {
        return of(facts, route, (hop, server) -> {
            Map<PeerId, Double> shares = RoutePlanner.shares(
                    facts.view,
                    facts.measured,
                    route.span(),
                    facts.policy,
                    hop.span().start());
            double share = shares.getOrDefault(server.peer(), 0.0);
            return new Standing.Drawn(share, server.peer().equals(hop.peer()));
        });
    }

    private interface Judge {
        Standing of(Hop hop, PeerSpan server);
    }

    private static RouteExplanation of(Facts facts, Route route, Judge judge) {
        var hops = new ArrayList<HopChoice>();
        for (HopCost cost : RoutePlanner.costs(facts.view, facts.measured, route, facts.policy)) {
            Hop hop = cost.hop();
            List<Candidate> candidates = servers(facts.view, hop.span().start()).stream()
                    .map(server -> candidate(facts, hop, server, judge))
                    .toList();
            hops.add(new HopChoice(cost, candidates));
        }
        return new RouteExplanation(route, hops);
    }

    private static List<PeerSpan> servers(SwarmView view, int block) {
        return view.spans(ServerState.OFFLINE).stream()
                .filter(server -> server.span().contains(block))
                .toList();
    }

    private static Candidate candidate(Facts facts, Hop hop, PeerSpan server, Judge judge) {
        PeerId peer = server.peer();
        boolean isChosen = peer.equals(hop.peer());
        String failure = facts.failed.get(peer);
        Standing standing;
        if (server.info().state() != ServerState.ONLINE) {
            standing = new Standing.Unusable(
                    server.info().state() == ServerState.JOINING ? "still loads its blocks" : "has gone offline");
        } else if (!isChosen && failure != null) {
            standing = new Standing.Unusable("left alone after a failure: " + failure);
        } else if (!isChosen && !RoutePlanner.isUsable(server, facts.policy)) {
            standing = new Standing.Unusable("left out on request");
        } else {
            standing = judge.of(hop, server);
        }
        Measurements measured = facts.measured;
        return new Candidate(
                server, measured.pings().get(peer), measured.blockSeconds().get(peer), standing);
    }
}
