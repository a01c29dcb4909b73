package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.msgpack.Pack;
import corolla.client.routing.Candidate;
import corolla.client.routing.Candidate.Standing;
import corolla.client.routing.Hop;
import corolla.client.routing.HopCost;
import corolla.client.routing.Route;
import corolla.client.routing.RouteExplanation;
import corolla.client.routing.RouteExplanation.HopChoice;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.protocol.ServerLoad;
import corolla.swarm.protocol.ServerVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What {@code corolla route} and {@code corolla info} print, to the letter. */
class RouteReportTest {
    private static final PeerId ONE = peer(1);
    private static final PeerId TWO = peer(2);
    private static final PeerId THREE = peer(3);

    private static PeerId peer(int number) {
        byte[] message = new byte[36];
        System.arraycopy(new byte[] {8, 1, 18, 32}, 0, message, 0, 4);
        message[35] = (byte) number;
        return PeerId.ofPublicKeyMessage(message);
    }

    private static PeerSpan server(PeerId peer, int start, int end, ServerState state, boolean isRelayed) {
        ServerDetails details = ServerDetails.builder()
                .span(new Span(start, end))
                .version(ServerVersion.PETALS)
                .inferenceRps(250.0)
                .cacheTokensLeft(8192L)
                .usingRelay(isRelayed)
                .adapters(start == 0 ? List.of("someone/cats", "do\u001bgs") : List.of())
                .publicName("name of " + start + "\u001b[2J")
                .extension(ServerVersion.EXTENSION, new Pack.Text("0.1.0"))
                .extension(ServerLoad.EXTENSION, new ServerLoad(3, 1).write())
                .build();
        return new PeerSpan(peer, new Span(start, end), new ServerInfo(state, 42, details));
    }

    private static Candidate candidate(
            PeerSpan server, @Nullable Double ping, @Nullable Double block, Standing standing) {
        return new Candidate(server, ping, block, standing);
    }

    private static RouteExplanation explanation() {
        PeerSpan one = server(ONE, 0, 3, ServerState.ONLINE, false);
        PeerSpan two = server(TWO, 3, 6, ServerState.ONLINE, false);
        PeerSpan three = server(THREE, 2, 6, ServerState.JOINING, true);
        var there = new HopCost(new Hop(ONE, one.span()), false, 0.0021, 0.018, 0.004, 0, 0.012, false, 0);
        var back = new HopCost(new Hop(TWO, two.span()), true, 0.15, 0.018, 0, 10, 0.006, true, 0.004);
        var route = new Route(List.of(there.hop(), back.hop()), there.seconds() + back.seconds());
        return new RouteExplanation(
                route,
                List.of(
                        new HopChoice(there, List.of(candidate(one, 0.0042, null, new Standing.Chosen()))),
                        new HopChoice(
                                back,
                                List.of(
                                        candidate(two, Double.POSITIVE_INFINITY, 0.002, new Standing.Chosen()),
                                        candidate(
                                                server(ONE, 0, 6, ServerState.ONLINE, false),
                                                0.0042,
                                                null,
                                                new Standing.Slower(0.0314)),
                                        candidate(
                                                three, null, null, new Standing.Unusable("still loads its blocks"))))));
    }

    @Test
    void routeIsExplainedHopByHop() {
        assertThat(RouteReport.lines("tiny", RouteCommand.Mode.LATENCY, explanation()))
                .containsExactly(
                        "tiny: the fastest route for one token is expected to take 10.21 s through 2 servers",
                        "",
                        "hop 1: blocks 0:3 at 12D3…twix, 36.1 ms = 2.1 ms there + 18.0 ms handling + 4.0 ms queue"
                                + " + 12.0 ms for 3 blocks as announced",
                        "  server     blocks  ping    announced  observed  waiting  cache left  throughput  why",
                        "  12D3…twix  0:3     4.2 ms  250/s                1        8192        42.0/s      chosen",
                        "",
                        "hop 2: blocks 3:6 at 12D3…twiy, 10.18 s = 150 ms from the server before + 18.0 ms handling"
                                + " + 10.00 s for a cache that is too full + 6.0 ms for 3 blocks as observed + 4.0 ms back",
                        "  server     blocks  ping        announced  observed  waiting  cache left  throughput  why",
                        "  12D3…twiy  3:6     no answer   250/s      500/s     1        8192        42.0/s      chosen",
                        "  12D3…twix  0:6     4.2 ms      250/s                1        8192        42.0/s      "
                                + "the best route through it takes 31.4 ms longer",
                        "  12D3…twiz  2:6     not pinged  250/s                1        8192        42.0/s      "
                                + "still loads its blocks",
                        "",
                        "announced and observed: tokens a second through one block;"
                                + " throughput: those that a server claims through all of its own");
    }

    @Test
    void drawnRouteSaysHowLikelyEachServerWas() {
        PeerSpan one = server(ONE, 0, 6, ServerState.ONLINE, false);
        PeerSpan two = server(TWO, 0, 3, ServerState.ONLINE, false);
        var cost = new HopCost(new Hop(ONE, one.span()), false, 0.001, 0.018, 0, 0, 0.024, false, 0.001);
        var choice = new HopChoice(
                cost,
                List.of(
                        candidate(one, 0.002, null, new Standing.Drawn(0.75, true)),
                        candidate(two, 0.002, null, new Standing.Drawn(0.25, false))));
        var explanation = new RouteExplanation(new Route(List.of(cost.hop()), cost.seconds()), List.of(choice));
        List<String> lines = RouteReport.lines("tiny", RouteCommand.Mode.THROUGHPUT, explanation);
        assertThat(lines.getFirst())
                .isEqualTo("tiny: a route drawn by chance, to spread load; one token is expected to take 44.0 ms"
                        + " through 1 server");
        assertThat(lines.get(4)).endsWith("drawn, with 75 %");
        assertThat(lines.get(5)).endsWith("had 25 %");
        assertThat(RouteReport.json("tiny", RouteCommand.Mode.THROUGHPUT, explanation)
                        .at("/hops/0/candidates/1/share")
                        .asDouble())
                .isEqualTo(0.25);
    }

    @Test
    void routeForProgramsHasAllFigures() {
        var json = RouteReport.json("tiny", RouteCommand.Mode.LATENCY, explanation());
        assertThat(json.at("/hops/1/candidates/0/observed_rps").asDouble()).isEqualTo(500);
        assertThat(json.at("/hops/1/candidates/0/ping_s").isNull()).isTrue();
        assertThat(json.at("/hops/1/candidates/1/slower_s").asDouble()).isEqualTo(0.0314);
        assertThat(json.at("/hops/1/candidates/2/unusable").asText()).isEqualTo("still loads its blocks");
        assertThat(json.at("/hops/1/pushed").asBoolean()).isTrue();
        assertThat(json.at("/seconds").asDouble()).isGreaterThan(10);
    }

    @Test
    void swarmIsATableAndSaysWhichBlocksAreAtRisk() {
        List<PeerSpan> servers = List.of(
                server(ONE, 0, 4, ServerState.ONLINE, false),
                server(TWO, 2, 5, ServerState.ONLINE, true),
                server(THREE, 5, 6, ServerState.JOINING, false));
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int block = 0; block < 6; block++) {
            var map = new LinkedHashMap<PeerId, ServerInfo>();
            for (PeerSpan server : servers) {
                if (server.span().contains(block)) {
                    map.put(server.peer(), server.info());
                }
            }
            maps.add(map);
        }
        var view = new SwarmView("tiny", new Span(0, 6), maps);
        assertThat(SwarmPicture.lines(view, Map.of(ONE, 0.0042, TWO, Double.POSITIVE_INFINITY)))
                .containsExactly(
                        "server     blocks          state    tokens/s  ping       cache left  load                   reached"
                                + "   version        name           adapters",
                        "12D3…twix  0:4     ████··  online   42.0      4.2 ms     8192        3 sessions, 1 waiting"
                                + "  directly  corolla 0.1.0  name of 0?[2J  someone/cats, do?gs",
                        "12D3…twiy  2:5     ··███·  online   42.0      no answer  8192        3 sessions, 1 waiting"
                                + "  by relay  corolla 0.1.0  name of 2?[2J",
                        "12D3…twiz  5:6     ·····█  joining  42.0                 8192        3 sessions, 1 waiting"
                                + "  directly  corolla 0.1.0  name of 5?[2J",
                        "no server online for blocks 5:6",
                        "one server only for blocks 0:2, 4:5: they are at risk");
    }
}
