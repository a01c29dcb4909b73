package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.client.FakeSwarm;
import corolla.client.routing.Candidate.Standing;
import corolla.client.routing.RouteExplanation.HopChoice;
import corolla.p2p.PeerId;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RouteExplanationTest {
    private static final Span ALL = new Span(0, 10);
    private static final RoutePolicy ANY = RoutePolicy.forSession(0);

    private final Map<PeerId, ServerInfo> servers = new LinkedHashMap<>();
    private final Map<PeerId, Double> pings = new LinkedHashMap<>();

    private final PeerId front = add(1, 0, 6, ServerState.ONLINE, 0.010, 100, 30);
    private final PeerId back = add(2, 6, 10, ServerState.ONLINE, 0.010, 100, 10);
    private final PeerId slow = add(3, 5, 10, ServerState.ONLINE, 0.010, 50, 30);
    private final PeerId loading = add(4, 6, 10, ServerState.JOINING, 0.001, 900, 90);
    private final PeerId broken = add(5, 6, 10, ServerState.ONLINE, 0.001, 900, 90);

    private PeerId add(int number, int start, int end, ServerState state, double ping, double rps, double throughput) {
        PeerId peer = FakeSwarm.peer(number);
        ServerDetails details = ServerDetails.builder()
                .span(new Span(start, end))
                .inferenceRps(rps)
                .build();
        servers.put(peer, new ServerInfo(state, throughput, details));
        pings.put(peer, ping);
        return peer;
    }

    private SwarmView view() {
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int block = ALL.start(); block < ALL.end(); block++) {
            var map = new LinkedHashMap<PeerId, ServerInfo>();
            for (Map.Entry<PeerId, ServerInfo> server : servers.entrySet()) {
                if (Objects.requireNonNull(server.getValue().details().span()).contains(block)) {
                    map.put(server.getKey(), server.getValue());
                }
            }
            maps.add(map);
        }
        return new SwarmView("test", ALL, maps);
    }

    private RouteExplanation.Facts facts() {
        var measured = new Measurements(pings, Map.of(back, 0.01));
        return new RouteExplanation.Facts(
                view(), measured, ANY.excluding(Set.of(broken)), Map.of(broken, "answered nonsense"));
    }

    private static Standing standing(HopChoice hop, PeerId peer) {
        return hop.candidates().stream()
                .filter(candidate -> candidate.server().peer().equals(peer))
                .findFirst()
                .orElseThrow()
                .standing();
    }

    @Test
    void everyCandidateOfAHopHasItsReason() {
        RouteExplanation.Facts facts = facts();
        Route route = RoutePlanner.fastest(facts.view(), facts.measured(), ALL, facts.policy())
                .orElseThrow();
        RouteExplanation explanation = RouteExplanation.ofFastest(facts, route);
        assertThat(explanation.route().hops())
                .containsExactly(new Hop(front, new Span(0, 6)), new Hop(back, new Span(6, 10)));
        HopChoice first = explanation.hops().getFirst();
        assertThat(first.candidates()).hasSize(1);
        HopChoice second = explanation.hops().getLast();
        assertThat(second.candidates()).hasSize(4);
        assertThat(standing(second, back)).isEqualTo(new Standing.Chosen());
        assertThat(standing(second, loading)).isEqualTo(new Standing.Unusable("still loads its blocks"));
        assertThat(standing(second, broken))
                .isEqualTo(new Standing.Unusable("left alone after a failure: answered nonsense"));
        // Best for block 6 alone, 10 ms slower there, and then one server more to ask: 18 ms, and 10 ms on the way.
        assertThat(((Standing.Slower) standing(second, slow)).seconds()).isCloseTo(0.038, within(1e-9));
        assertThat(second.candidates())
                .filteredOn(candidate -> candidate.blockSeconds() != null)
                .extracting(candidate -> candidate.server().peer())
                .containsExactly(back);
    }

    @Test
    void sharesOfASpreadRouteAreThoseOfTheDraw() {
        RouteExplanation.Facts facts = facts();
        int[] drawn = new int[2];
        var random = new SplittableRandom(1);
        for (int i = 0; i < 4000; i++) {
            Route route = RoutePlanner.spread(facts.view(), facts.measured(), ALL, facts.policy(), random)
                    .orElseThrow();
            HopChoice last = RouteExplanation.ofSpread(facts, route).hops().getLast();
            boolean isBack = last.cost().hop().peer().equals(back);
            drawn[isBack ? 0 : 1]++;
            // By length and announced throughput: 4 · 10 beside 5 · 30.
            assertThat(standing(last, back)).isEqualTo(new Standing.Drawn(40.0 / 190, isBack));
            assertThat(standing(last, slow)).isEqualTo(new Standing.Drawn(150.0 / 190, !isBack));
        }
        assertThat(drawn[0] / 4000.0).isCloseTo(40.0 / 190, within(0.03));
    }
}
