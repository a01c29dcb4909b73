package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.base.msgpack.Pack;
import corolla.client.FakeSwarm;
import corolla.client.routing.RoutePolicy.Handover;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.protocol.PushSupport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutePlannerTest {
    private static final RoutePolicy ANY = RoutePolicy.forSession(0);

    private final Map<PeerId, ServerInfo> servers = new LinkedHashMap<>();
    private final Map<PeerId, Double> pings = new LinkedHashMap<>();
    private int blocks = 10;

    private PeerId add(int number, int start, int end, double pingSeconds, double rps) {
        return add(number, start, end, pingSeconds, rps, null, Map.of());
    }

    private PeerId add(
            int number,
            int start,
            int end,
            double pingSeconds,
            double rps,
            @Nullable Long cacheLeft,
            Map<PeerId, Double> nextPings) {
        PeerId peer = FakeSwarm.peer(number);
        ServerDetails details = ServerDetails.builder()
                .span(new Span(start, end))
                .inferenceRps(rps)
                .cacheTokensLeft(cacheLeft)
                .nextPings(nextPings)
                .extension(PushSupport.EXTENSION, new Pack.Int(PushSupport.VERSION))
                .build();
        servers.put(peer, new ServerInfo(ServerState.ONLINE, 1, details));
        pings.put(peer, pingSeconds);
        return peer;
    }

    private SwarmView view() {
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int block = 0; block < blocks; block++) {
            int at = block;
            var map = new LinkedHashMap<PeerId, ServerInfo>();
            servers.forEach((peer, info) -> {
                Span span = info.details().span();
                if (span != null && span.contains(at)) {
                    map.put(peer, info);
                }
            });
            maps.add(map);
        }
        return new SwarmView("test", new Span(0, blocks), maps);
    }

    private Measurements measured() {
        return Measurements.ofPings(pings);
    }

    private Route fastest(RoutePolicy policy) {
        return RoutePlanner.fastest(view(), measured(), new Span(0, blocks), policy)
                .orElseThrow();
    }

    @Test
    void oneServerOfAllBlocksIsOneHop() {
        PeerId all = add(1, 0, 10, 0.02, 100);
        assertThat(fastest(ANY).hops()).containsExactly(new Hop(all, new Span(0, 10)));
        assertThat(fastest(ANY).seconds()).isCloseTo(0.02 + 0.018 + 10 / 100.0, within(1e-9));
    }

    @Test
    void nearServersBeatAFarOne() {
        add(1, 0, 10, 1.0, 300);
        PeerId first = add(2, 0, 5, 0.01, 300);
        PeerId second = add(3, 5, 10, 0.01, 300);
        assertThat(fastest(ANY).hops())
                .containsExactly(new Hop(first, new Span(0, 5)), new Hop(second, new Span(5, 10)));
    }

    @Test
    void fastServerIsUsedForAllBlocksThatItHas() {
        PeerId slow = add(1, 0, 7, 0.001, 10);
        PeerId fast = add(2, 3, 10, 0.001, 1000);
        assertThat(fastest(ANY).hops()).containsExactly(new Hop(slow, new Span(0, 3)), new Hop(fast, new Span(3, 10)));
    }

    @Test
    void spanMayBeLeftBeforeItsEnd() {
        PeerId fast = add(1, 0, 4, 0.001, 1000);
        PeerId slow = add(2, 0, 8, 0.001, 1);
        PeerId last = add(3, 4, 10, 0.001, 1000);
        assertThat(fastest(ANY).hops())
                .extracting(Hop::peer)
                .containsExactly(fast, last)
                .doesNotContain(slow);
    }

    @Test
    void excludedServersAreNotUsed() {
        PeerId best = add(1, 0, 10, 0.001, 1000);
        PeerId other = add(2, 0, 10, 0.5, 10);
        assertThat(fastest(ANY.excluding(Set.of(best))).hops())
                .extracting(Hop::peer)
                .containsExactly(other);
        assertThat(RoutePlanner.fastest(view(), measured(), new Span(0, 10), ANY.excluding(Set.of(best, other))))
                .isEmpty();
    }

    @Test
    void missingBlockMeansNoRoute() {
        add(1, 0, 5, 0.001, 100);
        add(2, 6, 10, 0.001, 100);
        assertThat(RoutePlanner.fastest(view(), measured(), new Span(0, 10), ANY))
                .isEmpty();
        assertThat(RoutePlanner.fastest(view(), measured(), new Span(1, 5), ANY))
                .isPresent();
    }

    @Test
    void fullCacheIsAvoided() {
        add(1, 0, 10, 0.001, 1000, 2L * 100 * 10 - 1, Map.of());
        PeerId roomy = add(2, 0, 10, 0.5, 100, 2L * 100 * 10, Map.of());
        assertThat(fastest(RoutePolicy.forSession(100)).hops())
                .extracting(Hop::peer)
                .containsExactly(roomy);
    }

    @Test
    void directHandoverCountsWhatServersMeasured() {
        PeerId near = FakeSwarm.peer(2);
        PeerId far = FakeSwarm.peer(3);
        add(1, 0, 5, 0.1, 300, null, Map.of(near, 0.001, far, 2.0));
        add(2, 5, 10, 0.1, 300);
        add(3, 5, 10, 0.09, 300);
        var direct = new RoutePolicy(0, Handover.DIRECT, "", Set.of());
        assertThat(fastest(direct).hops()).extracting(Hop::peer).contains(near);
        assertThat(fastest(ANY).hops()).extracting(Hop::peer).contains(far);
    }

    @Test
    void serverThatDidNotAnswerIsTheLastResort() {
        PeerId silent = add(1, 0, 10, Double.POSITIVE_INFINITY, 1000);
        assertThat(fastest(ANY).hops()).extracting(Hop::peer).containsExactly(silent);
        PeerId alive = add(2, 0, 10, 1.0, 10);
        assertThat(fastest(ANY).hops()).extracting(Hop::peer).containsExactly(alive);
    }

    @Test
    void offlineServersAreNotUsed() {
        PeerId peer = add(1, 0, 10, 0.001, 100);
        servers.computeIfPresent(peer, (key, info) -> info.withState(ServerState.JOINING));
        assertThat(RoutePlanner.fastest(view(), measured(), new Span(0, 10), ANY))
                .isEmpty();
    }

    /** The planner's route costs what the best of all routes costs, found by trying all. */
    @Test
    void noRouteIsFaster() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new SplittableRandom(seed);
            servers.clear();
            pings.clear();
            blocks = 1 + random.nextInt(6);
            for (int number = 1; number <= 1 + random.nextInt(5); number++) {
                int start = random.nextInt(blocks);
                int end = start + 1 + random.nextInt(blocks - start);
                add(number, start, end, random.nextDouble(), 1 + random.nextInt(30));
            }
            double expected = cheapest(view().spans(ServerState.ONLINE), 0, -1);
            var route = RoutePlanner.fastest(view(), measured(), new Span(0, blocks), ANY);
            assertThat(route.isPresent()).as("seed %s", seed).isEqualTo(expected < Double.POSITIVE_INFINITY);
            route.ifPresent(found -> {
                assertThat(found.seconds()).isCloseTo(expected, within(1e-9));
                assertThat(found.span()).isEqualTo(new Span(0, blocks));
                List<PeerSpan> spans = view().spans(ServerState.ONLINE);
                assertThat(found.hops())
                        .allMatch(hop -> spans.stream()
                                .anyMatch(server -> server.peer().equals(hop.peer())
                                        && server.span().contains(hop.span())));
            });
        }
    }

    /** Cheapest way from {@code block} on when the hidden state is at server {@code at}, or at the client. */
    private double cheapest(List<PeerSpan> all, int block, int at) {
        if (block == blocks) {
            return oneWay(all.get(at));
        }
        double best = Double.POSITIVE_INFINITY;
        for (int next = 0; next < all.size(); next++) {
            if (all.get(next).span().contains(block)) {
                double leave = at < 0 || at == next ? 0 : oneWay(all.get(at));
                double enter = at == next ? 0 : oneWay(all.get(next)) + RouteCosts.OVERHEAD_SECONDS;
                double compute = RouteCosts.announcedBlock(all.get(next).info().details());
                best = Math.min(best, leave + enter + compute + cheapest(all, block + 1, next));
            }
        }
        return best;
    }

    private double oneWay(PeerSpan server) {
        return pings.getOrDefault(server.peer(), Double.NaN) / 2;
    }

    @Test
    void spreadUsesLongSpansMoreOftenAndAlwaysCoversAll() {
        PeerId longSpan = add(1, 0, 9, 0.01, 100);
        add(2, 0, 1, 0.01, 100);
        add(3, 1, 10, 0.01, 100);
        var random = new SplittableRandom(1);
        int longFirst = 0;
        for (int i = 0; i < 1000; i++) {
            Route route = RoutePlanner.spread(view(), measured(), new Span(0, 10), ANY, random)
                    .orElseThrow();
            assertThat(route.span()).isEqualTo(new Span(0, 10));
            longFirst += route.hops().getFirst().peer().equals(longSpan) ? 1 : 0;
        }
        assertThat(longFirst).isBetween(860, 940);
    }

    @Test
    void spreadAvoidsServersThatDidNotAnswer() {
        add(1, 0, 10, Double.POSITIVE_INFINITY, 100);
        PeerId alive = add(2, 0, 10, 0.01, 100);
        for (int seed = 0; seed < 50; seed++) {
            assertThat(RoutePlanner.spread(view(), measured(), new Span(0, 10), ANY, new SplittableRandom(seed))
                            .orElseThrow()
                            .hops())
                    .extracting(Hop::peer)
                    .containsExactly(alive);
        }
    }
}
