package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.multiformat.Multiaddr;
import corolla.client.RemoteModel;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.model.Ends;
import corolla.model.Verification;
import corolla.model.VerificationReport;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.p2p.PeerId;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.server.adapter.AdapterSource;
import corolla.swarm.NoRouteException;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.directory.Directory;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.testkit.models.GoldenAdapters;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * LoRA adapters, stock Petals and ours: a stock client through our servers, our client through a stock server, and through a chain of both.
 * All are compared with what PEFT computes in one process. Stock servers announce an adapter by the path that they were given; so do ours
 * here.
 */
@Tag("interop")
@Timeout(600)
class AdapterInteropTest {
    private static final String PREFIX = "adapted-llama";
    private static final double DIFFERENCE_MAX = 1e-3;
    private static final Span FRONT = new Span(0, 3);
    private static final Span BACK = new Span(3, 6);

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private Path model = Path.of("set at the start");
    private Path adapter = model;

    private Kernels kernels;
    private Checkpoint checkpoint;
    private OurPeer client;
    private DhtNode clientDht;
    private Multiaddr bootstrap;

    private interface Opening<T> {
        T open() throws Exception;
    }

    private <T extends AutoCloseable> T own(Opening<T> opening) throws Exception {
        T opened = opening.open();
        owned.push(opened);
        return opened;
    }

    @BeforeAll
    static void stockPeersAreInstalled() {
        StockPeer.assumeInstalled();
    }

    @BeforeEach
    void start() throws Exception {
        model = GoldenModels.unpack("llama", folder);
        adapter = GoldenAdapters.unpack("llama/all", folder);
        kernels = own(() -> Kernels.best(KernelsOptions.defaults()));
        checkpoint = own(() -> Checkpoint.open(model));
        OurPeer first = own(OurPeer::start);
        own(() -> first.dht(DhtConfig.defaults()));
        bootstrap = first.address();
        client = own(OurPeer::start);
        clientDht =
                own(() -> client.dht(DhtConfig.defaults().withClientMode(true).withInitialPeers(List.of(bootstrap))));
    }

    @AfterEach
    void stop() throws Exception {
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }

    private PeerId serve(Span blocks, boolean withAdapter) throws Exception {
        OurPeer peer = own(OurPeer::start);
        DhtNode dht = own(() -> peer.dht(DhtConfig.defaults().withInitialPeers(List.of(bootstrap))));
        ServerConfig.Builder config =
                ServerConfig.builder(PREFIX).blocks(blocks).throughput(1);
        if (withAdapter) {
            config.adapter(adapter.toString(), AdapterSource.of(adapter));
        }
        own(() -> Server.start(
                peer.real().environment(),
                config.build(),
                new ServerNetwork(peer.host(), peer.rpc(), dht),
                BlockSource.of(checkpoint, WeightsType.F32, kernels)));
        return peer.host().peerId();
    }

    /** The stock server, as the swarm sees it: it says that it has started before others know. */
    private PeerSpan awaitStock(Set<PeerId> ours) throws Exception {
        var directory = new Directory(clientDht, PREFIX);
        while (true) {
            for (PeerSpan server : directory
                    .read(new Span(0, 6), client.within(Duration.ofSeconds(20)))
                    .spans(ServerState.ONLINE)) {
                if (!ours.contains(server.peer())) {
                    return server;
                }
            }
            client.real().environment().clock().sleep(Duration.ofMillis(200));
        }
    }

    private RemoteModel remote(Set<PeerId> allowed) {
        RoutingConfig usual = RoutingConfig.defaults();
        var routing = new RoutingConfig(
                usual.updatePeriod(),
                usual.updateTimeout(),
                usual.viewAgeMax(),
                usual.pingTimeout(),
                usual.pingedMax(),
                usual.banTime(),
                allowed,
                Set.of());
        var spec = new RemoteModel.RemoteSpec(PREFIX, 6, checkpoint.config().hiddenSize());
        return RemoteModel.start(
                client.real().environment(), client.rpc(), clientDht, spec, routing, SessionConfig.defaults());
    }

    @Test
    void stockAndOwnPeersComputeWhatPeftDoes() throws Exception {
        StockServer stock =
                own(() -> StockServer.launch(model, PREFIX, FRONT, bootstrap, "--adapters", adapter.toString()));
        PeerId plain = serve(new Span(0, 6), false);
        PeerId front = serve(FRONT, true);
        PeerId back = serve(BACK, true);
        stockClientThroughOurs(List.of(plain, front, back));
        stock.awaitServing();
        PeerSpan theirs = awaitStock(Set.of(plain, front, back));
        assertThat(theirs.info().details().adapters()).containsExactly(adapter.toString());
        ourClientThrough(Set.of(theirs.peer(), plain, back), List.of(theirs.peer(), back));
        ourClientThrough(Set.of(front, plain, back), List.of(front, back));
        try (RemoteModel remote = remote(Set.of(theirs.peer(), plain))) {
            assertThatThrownBy(
                            () -> remote.adapted(adapter.toString()).open(1, 8, client.within(Duration.ofMinutes(1))))
                    .isInstanceOfSatisfying(
                            NoRouteException.class,
                            none -> assertThat(none.missing()).containsExactly(BACK));
        }
    }

    /** The plain server is the shortest way, and must not be taken. */
    private void stockClientThroughOurs(List<PeerId> servers) throws Exception {
        var arguments = new ArrayList<>(List.of(
                model.toString(), PREFIX, bootstrap.toString(), "--tokens", "24", "--steps", "20", "--adapter"));
        arguments.add(adapter.toString());
        arguments.add("--servers");
        servers.forEach(peer -> arguments.add(peer.toBase58()));
        try (StockPeer stockClient = StockPeer.launch("stock_client.py", arguments)) {
            JsonNode result = stockClient.json();
            System.out.println("a stock client with an adapter, through our servers: " + result);
            assertThat(result.get("greedy_equal").asBoolean()).as("%s", result).isTrue();
            assertThat(result.get("logits_max_diff").asDouble())
                    .as("%s", result)
                    .isLessThan(DIFFERENCE_MAX);
            assertThat(result.get("input_grad_max_diff").asDouble())
                    .as("%s", result)
                    .isLessThan(DIFFERENCE_MAX);
        }
    }

    private void ourClientThrough(Set<PeerId> allowed, List<PeerId> expectedRoute) throws Exception {
        try (Ends ends = Ends.load(checkpoint, WeightsType.F32, kernels);
                RemoteModel remote = remote(allowed)) {
            RemoteModel adapted = remote.adapted(adapter.toString());
            try (var session = adapted.open(1, 8, client.within(Duration.ofMinutes(1)))) {
                assertThat(session.route()).extracting(hop -> hop.peer()).containsExactlyElementsOf(expectedRoute);
            }
            VerificationReport report = Verification.run(
                    adapter.resolve("expected.safetensors"),
                    ends,
                    adapted,
                    DType.F32,
                    client.real().environment().team(),
                    client.within(Duration.ofMinutes(3)));
            System.out.println("our client with an adapter: " + report.checks());
            assertThat(report.greedyEqual()).as("%s", report.checks()).isTrue();
            assertThat(report.checks())
                    .filteredOn(check -> Set.of("logits", "grad_embedded").contains(check.name()))
                    .hasSize(2)
                    .allSatisfy(check -> assertThat(check.errorMax()).isLessThan(DIFFERENCE_MAX));
        }
    }
}
