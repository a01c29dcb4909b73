package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.directory.Directory;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock Petals client cannot tell that our servers are not its own kind. */
@Tag("interop")
@Timeout(300)
class StockClientTest {
    private static final String PREFIX = "golden-llama";
    private static final double LOGITS_DIFFERENCE_MAX = 1e-3;
    private static final double GRADIENT_DIFFERENCE_MAX = 1e-3;

    @TempDir
    Path folder;

    @BeforeAll
    static void stockPeersAreInstalled() {
        StockPeer.assumeInstalled();
    }

    /** Starts a server on {@code peer}; the caller closes it before the peer. */
    private static Server serve(OurPeer peer, DhtNode dht, Span blocks, Checkpoint checkpoint, Kernels kernels)
            throws Exception {
        ServerConfig config = ServerConfig.builder(PREFIX)
                .blocks(blocks)
                .updatePeriod(Duration.ofSeconds(10))
                .build();
        var network = new ServerNetwork(peer.host(), peer.rpc(), dht);
        return Server.start(
                peer.real().environment(), config, network, BlockSource.of(checkpoint, WeightsType.AUTO, kernels));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama"})
    void stockClientGeneratesTheSameTokensThroughOurServers(String name) throws Exception {
        Path model = GoldenModels.unpack(name, folder);
        try (Kernels kernels = Kernels.best(KernelsOptions.defaults());
                Checkpoint checkpoint = Checkpoint.open(model);
                OurPeer first = OurPeer.start();
                OurPeer second = OurPeer.start();
                DhtNode firstDht = first.dht(DhtConfig.defaults());
                DhtNode secondDht = second.dht(DhtConfig.defaults().withInitialPeers(List.of(first.address())));
                Server _ = serve(first, firstDht, new Span(0, 3), checkpoint, kernels);
                Server _ = serve(second, secondDht, new Span(3, 6), checkpoint, kernels)) {
            JsonNode result = runStockClient(model, first.address());
            assertThat(result.get("greedy_equal").asBoolean()).as("%s", result).isTrue();
            assertThat(result.get("logits_max_diff").asDouble()).isLessThan(LOGITS_DIFFERENCE_MAX);
            assertThat(result.get("input_grad_max_diff").asDouble()).isLessThan(GRADIENT_DIFFERENCE_MAX);
        }
    }

    @Test
    void stockClientGeneratesTheSameTokensThroughAStockServerAndOurs() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        try (Kernels kernels = Kernels.best(KernelsOptions.defaults());
                Checkpoint checkpoint = Checkpoint.open(model);
                OurPeer ours = OurPeer.start();
                DhtNode dht = ours.dht(DhtConfig.defaults());
                Server _ = serve(ours, dht, new Span(3, 6), checkpoint, kernels);
                StockServer _ = StockServer.start(model, PREFIX, new Span(0, 3), ours.address())) {
            awaitAllServed(ours, dht);
            JsonNode result = runStockClient(model, ours.address());
            assertThat(result.get("greedy_equal").asBoolean()).as("%s", result).isTrue();
            assertThat(result.get("logits_max_diff").asDouble()).isLessThan(LOGITS_DIFFERENCE_MAX);
            assertThat(result.get("input_grad_max_diff").asDouble()).isLessThan(GRADIENT_DIFFERENCE_MAX);
        }
    }

    /** A stock server says that it has started before the swarm knows. */
    private static void awaitAllServed(OurPeer peer, DhtNode dht) throws Exception {
        var directory = new Directory(dht, PREFIX);
        Span all = new Span(0, 6);
        while (!directory
                .read(all, peer.within(Duration.ofSeconds(20)))
                .missing(ServerState.ONLINE)
                .isEmpty()) {
            peer.real().environment().clock().sleep(Duration.ofMillis(200));
        }
    }

    private static JsonNode runStockClient(Path model, Multiaddr initialPeer) throws Exception {
        List<String> arguments = List.of(model.toString(), PREFIX, initialPeer.toString());
        try (StockPeer client = StockPeer.launch("stock_client.py", arguments)) {
            return client.json();
        }
    }
}
