package corolla.it.interop;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.Codecs;
import corolla.client.session.SessionConfig;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.model.Ends;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.p2p.PeerId;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Directory;
import corolla.swarm.reachability.ReachabilityService;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One model served twice over in one swarm: by two servers of ours and by two stock ones, each half of the blocks. Which chain a client
 * takes is decided by the servers that it is allowed. Confined to the test's thread.
 */
final class MixedSwarm implements AutoCloseable {
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final Path model;
    private final String prefix;
    private final Span first;
    private final Span second;
    private final Multiaddr bootstrap;
    private final OurPeer client;
    private final DhtNode clientDht;
    private final Map<String, PeerId> servers = new LinkedHashMap<>();
    private final Map<PeerId, StockServer> stock = new LinkedHashMap<>();
    final Kernels kernels;
    final Checkpoint checkpoint;
    final Ends ends;

    /** Who is the swarm's first node. */
    enum Kind {
        OURS,
        STOCK
    }

    /** A chain of two servers. */
    enum Chain {
        OURS("ours 1", "ours 2"),
        STOCK("stock 1", "stock 2"),
        OURS_STOCK("ours 1", "stock 2"),
        STOCK_OURS("stock 1", "ours 2");

        private final String first;
        private final String second;

        Chain(String first, String second) {
            this.first = first;
            this.second = second;
        }
    }

    private interface Opening<T> {
        T open() throws Exception;
    }

    private <T extends AutoCloseable> T own(Opening<T> opening) throws Exception {
        T opened = opening.open();
        owned.push(opened);
        return opened;
    }

    private MixedSwarm(Path model, Kind kind) throws Exception {
        this.model = model;
        this.prefix = "matrix-" + model.getFileName();
        this.kernels = own(() -> Kernels.best(KernelsOptions.defaults()));
        this.checkpoint = own(() -> Checkpoint.open(model));
        this.ends = own(() -> Ends.load(checkpoint, WeightsType.F32, kernels));
        int blocks = checkpoint.config().blockCount();
        this.first = new Span(0, blocks / 2);
        this.second = new Span(blocks / 2, blocks);
        this.bootstrap = switch (kind) {
            case OURS -> ourNode(List.of()).address();
            case STOCK -> own(StockServer.Bootstrap::start).address();
        };
        this.client = own(OurPeer::start);
        this.clientDht =
                own(() -> client.dht(DhtConfig.defaults().withClientMode(true).withInitialPeers(List.of(bootstrap))));
    }

    /** Starts all; the caller closes it. */
    static MixedSwarm start(Path model, Kind bootstrap) throws Exception {
        var swarm = new MixedSwarm(model, bootstrap);
        try {
            swarm.startServers();
            return swarm;
        } catch (Exception | Error failed) {
            swarm.close();
            throw failed;
        }
    }

    private OurPeer ourNode(List<Multiaddr> initialPeers) throws Exception {
        OurPeer peer = own(OurPeer::start);
        own(() -> peer.dht(DhtConfig.defaults().withInitialPeers(initialPeers)));
        own(() -> ReachabilityService.start(peer.real().environment(), peer.host(), peer.rpc(), peer.kad()));
        return peer;
    }

    private void startServers() throws Exception {
        StockServer one = own(() -> StockServer.launch(model, prefix, first, bootstrap));
        StockServer other = own(() -> StockServer.launch(model, prefix, second, bootstrap));
        servers.put("ours 1", serve(first));
        servers.put("ours 2", serve(second));
        one.awaitServing();
        other.awaitServing();
        servers.put("stock 1", awaitStock(first));
        servers.put("stock 2", awaitStock(second));
        stock.put(server("stock 1"), one);
        stock.put(server("stock 2"), other);
    }

    private PeerId serve(Span blocks) throws Exception {
        OurPeer peer = own(OurPeer::start);
        DhtNode dht = own(() -> peer.dht(DhtConfig.defaults().withInitialPeers(List.of(bootstrap))));
        ServerConfig config = ServerConfig.builder(prefix)
                .blocks(blocks)
                .updatePeriod(Duration.ofSeconds(20))
                .throughput(1)
                .build();
        own(() -> Server.start(
                peer.real().environment(),
                config,
                new ServerNetwork(peer.host(), peer.rpc(), dht),
                BlockSource.of(checkpoint, WeightsType.F32, kernels)));
        return peer.host().peerId();
    }

    /** A stock server says that it has started before the swarm knows. */
    private PeerId awaitStock(Span blocks) throws IOException, InterruptedException {
        var directory = new Directory(clientDht, prefix);
        Span all = new Span(0, checkpoint.config().blockCount());
        while (true) {
            SwarmView view = directory.read(all, client.within(Duration.ofSeconds(20)));
            for (PeerSpan server : view.spans(ServerState.ONLINE)) {
                if (server.span().equals(blocks) && !servers.containsValue(server.peer())) {
                    return server.peer();
                }
            }
            client.real().environment().clock().sleep(Duration.ofMillis(200));
        }
    }

    Multiaddr bootstrap() {
        return bootstrap;
    }

    String prefix() {
        return prefix;
    }

    OurPeer client() {
        return client;
    }

    Deadline within(Duration time) {
        return client.within(time);
    }

    PeerId server(String name) {
        PeerId peer = servers.get(name);
        if (peer == null) {
            throw new IllegalArgumentException("no server '" + name + "' among " + servers.keySet());
        }
        return peer;
    }

    /** The servers of a chain, in the order of their blocks. */
    Set<PeerId> servers(Chain chain) {
        var peers = new LinkedHashSet<PeerId>();
        peers.add(server(chain.first));
        peers.add(server(chain.second));
        return peers;
    }

    /** Ends a stock server as a crash does. */
    void kill(String name) {
        StockServer server = stock.get(server(name));
        if (server == null) {
            throw new IllegalArgumentException("'" + name + "' is not a stock server");
        }
        server.kill();
    }

    /** A client of ours that uses only these servers; the caller closes it. */
    RemoteModel remote(Set<PeerId> allowed) {
        return remote(allowed, Codecs.PLAIN);
    }

    /** The same, with other codecs. */
    RemoteModel remote(Set<PeerId> allowed, Codecs codecs) {
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
        var spec = new RemoteModel.RemoteSpec(
                prefix, checkpoint.config().blockCount(), checkpoint.config().hiddenSize());
        return RemoteModel.start(
                client.real().environment(),
                client.rpc(),
                clientDht,
                spec,
                routing,
                SessionConfig.defaults().withCodecs(Codecs.Choice.always(codecs)));
    }

    @Override
    public void close() throws Exception {
        Exception failure = null;
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
