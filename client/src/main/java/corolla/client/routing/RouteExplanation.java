package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A route, what each hop of it costs, and what would be without it. Immutable.
 *
 * @param route the chosen one
 * @param hops what its hops cost
 * @param alternatives for each hop, the best route without its server; empty when there is none
 * @param failed why servers are left out at the moment
 */
public record RouteExplanation(
        Route route, List<HopCost> hops, List<Optional<Route>> alternatives, Map<PeerId, String> failed) {
    public RouteExplanation {
        hops = List.copyOf(hops);
        alternatives = List.copyOf(alternatives);
        failed = Map.copyOf(failed);
    }

    static RouteExplanation of(
            SwarmView view, Measurements measured, Route route, RoutePolicy policy, Map<PeerId, String> failed) {
        var alternatives = new ArrayList<Optional<Route>>();
        for (Hop hop : route.hops()) {
            Set<PeerId> without = new LinkedHashSet<>(policy.excluded());
            without.addAll(failed.keySet());
            without.add(hop.peer());
            alternatives.add(RoutePlanner.fastest(view, measured, route.span(), policy.excluding(without)));
        }
        return new RouteExplanation(route, RoutePlanner.costs(view, measured, route, policy), alternatives, failed);
    }
}
