package corolla.client;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.compute.InlineTeam;
import corolla.base.random.Randoms;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import corolla.client.routing.Failure;
import corolla.client.routing.Hop;
import corolla.client.routing.Measurements;
import corolla.client.routing.Route;
import corolla.client.routing.RoutePlanner;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Routes;
import corolla.client.session.ServerCalls;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.NoRouteException;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.testkit.InlineScope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Servers in memory, behind the interfaces that sessions use; they can be told to fail. Confined to the test's thread, but for opening. */
public final class FakeSwarm implements Routes, ServerCalls {
    public static final String PREFIX = "fake";

    public final FakeClock clock = new FakeClock();
    public final Map<PeerId, FakeServer> servers = new LinkedHashMap<>();
    public final Set<PeerId> banned = new LinkedHashSet<>();
    public final List<String> failures = new ArrayList<>();
    public final List<Failure.Kind> kinds = new ArrayList<>();
    public boolean canRollBack = true;
    public final List<Hop> timed = new ArrayList<>();
    public int pings;
    /** What those are told who find no server. */
    public boolean serversAreLoading;
    /** Runs at each failure: time for a new server to come. */
    public Runnable onFailed = () -> {};

    private final int blocks;

    public FakeSwarm(int blocks) {
        this.blocks = blocks;
    }

    /** A peer id out of a number. */
    public static PeerId peer(int number) {
        byte[] message = new byte[36];
        message[0] = 8;
        message[1] = 1;
        message[2] = 18;
        message[3] = 32;
        message[35] = (byte) number;
        return PeerId.ofPublicKeyMessage(message);
    }

    /** Adds a server of these blocks. */
    public FakeServer add(int number, int start, int end) {
        var server = new FakeServer(this, peer(number), new Span(start, end));
        servers.put(server.peer, server);
        return server;
    }

    public Environment environment() {
        var randoms = new Randoms() {
            private final RandomGenerator secrets = new SplittableRandom(1);

            @Override
            public RandomGenerator stream(String name) {
                return new SplittableRandom(name.hashCode());
            }

            @Override
            public void secret(byte[] into) {
                secrets.nextBytes(into);
            }
        };
        return new Environment(clock, randoms, name -> new InlineScope(), new NoTransport(), new InlineTeam());
    }

    public SwarmView view() {
        var maps = new ArrayList<Map<PeerId, ServerInfo>>();
        for (int block = 0; block < blocks; block++) {
            var map = new LinkedHashMap<PeerId, ServerInfo>();
            for (FakeServer server : servers.values()) {
                if (server.span.contains(block)) {
                    map.put(server.peer, info(server.span, server.adapters));
                }
            }
            maps.add(map);
        }
        return new SwarmView(PREFIX, new Span(0, blocks), maps);
    }

    public static ServerInfo info(Span span) {
        return info(span, List.of());
    }

    private static ServerInfo info(Span span, List<String> adapters) {
        ServerDetails details = ServerDetails.builder()
                .span(span)
                .adapters(adapters)
                .version("2.3.0")
                .inferenceRps(300.0)
                .build();
        return new ServerInfo(ServerState.ONLINE, 1, details);
    }

    @Override
    public Route route(Span wanted, RoutePolicy policy, Deadline deadline) {
        var unwanted = new LinkedHashSet<>(banned);
        unwanted.addAll(policy.excluded());
        Route route = RoutePlanner.fastest(view(), Measurements.NONE, wanted, policy.excluding(unwanted))
                .or(() -> RoutePlanner.fastest(view(), Measurements.NONE, wanted, policy))
                .orElse(null);
        if (route == null) {
            throw new NoRouteException(PREFIX, List.of(wanted), serversAreLoading, "none in this test");
        }
        return route;
    }

    @Override
    public Optional<Route> instead(PeerId leaving, Span wanted, RoutePolicy policy) {
        var unwanted = new LinkedHashSet<>(banned);
        unwanted.add(leaving);
        return RoutePlanner.fastest(view(), Measurements.NONE, wanted, policy.excluding(unwanted));
    }

    @Override
    public boolean givesDrainNotices(PeerId peer) {
        return true;
    }

    @Override
    public void failed(PeerId peer, Failure failure) {
        failures.add(failure.reason());
        kinds.add(failure.kind());
        onFailed.run();
        banned.add(peer);
    }

    @Override
    public void succeeded(PeerId peer) {
        banned.remove(peer);
    }

    @Override
    public void pause(Duration longest) {
        clock.advance(longest);
    }

    @Override
    public void stepped(Hop hop, Duration time) {
        timed.add(hop);
    }

    @Override
    public boolean canRollBack(PeerId peer) {
        return canRollBack;
    }

    @Override
    public boolean canPush(PeerId peer) {
        FakeServer server = servers.get(peer);
        return server != null && server.pushes;
    }

    @Override
    public Duration ping(PeerId peer, Deadline deadline) throws IOException {
        pings++;
        FakeServer server = server(peer);
        if (server.isSilent) {
            throw new IOException("no answer to a ping");
        }
        return Duration.ofMillis(1);
    }

    @Override
    public RpcCall openInference(PeerId server, Deadline deadline) throws IOException {
        return server(server).open();
    }

    @Override
    public byte[] forward(PeerId server, byte[] request, Deadline deadline) throws IOException {
        return server(server).forward(request);
    }

    @Override
    public RpcCall openForward(PeerId server, Deadline deadline) throws IOException {
        return server(server).openForward();
    }

    @Override
    public byte[] backward(PeerId server, byte[] request, Deadline deadline) throws IOException {
        return server(server).backward(request);
    }

    @Override
    public RpcCall openBackward(PeerId server, Deadline deadline) throws IOException {
        return server(server).openBackward();
    }

    private FakeServer server(PeerId peer) throws IOException {
        FakeServer server = servers.get(peer);
        if (server == null) {
            throw new ProtocolException("nobody there");
        }
        return server;
    }

    private static final class NoTransport implements ByteTransport {
        @Override
        public ByteStream dial(Endpoint to, Deadline deadline) throws IOException {
            throw new IOException("no network in this test");
        }

        @Override
        public List<String> resolve(String host, Deadline deadline) throws IOException {
            throw new IOException("no network in this test");
        }

        @Override
        public Listener listen(Endpoint at) throws IOException {
            throw new IOException("no network in this test");
        }
    }
}
