package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.model.block.BlockStack;
import corolla.model.family.ModelConfig;
import corolla.model.weights.WeightsType;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Directory;
import corolla.tensor.DType;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A swarm of real servers that choose their blocks, and change them. Confined to the world's story. */
final class PlacementSwarm {
    private final SimulatedWorld world;
    private final TinyModel model;
    private final List<Multiaddr> initialPeers;
    private final SwarmNode watcher;

    private final Map<String, List<Span>> loaded = new LinkedHashMap<>();

    /** A server of this swarm and what it stands on. */
    record Placed(SimulatedNode machine, SwarmNode node, Server server) {}

    PlacementSwarm(SimulatedWorld world, TinyModel model) throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        this.initialPeers = SwarmNode.start(world.node("bootstrap").environment(), List.of())
                .addresses();
        this.watcher = node("watcher");
    }

    /** The beginnings of a configuration. */
    static ServerConfig.Builder config(double throughput) {
        return ServerConfig.builder(TinyModel.PREFIX).cacheTokens(512).throughput(throughput);
    }

    /** A node that only asks. */
    SwarmNode node(String name) throws IOException, InterruptedException {
        return SwarmNode.client(world.node(name).environment(), initialPeers);
    }

    Placed serve(String name, ServerConfig.Builder config) throws IOException, InterruptedException {
        SimulatedNode machine = world.node(name);
        Environment environment = machine.environment();
        SwarmNode node = SwarmNode.start(environment, initialPeers);
        var network = new ServerNetwork(node.host(), node.rpc(), node.dht());
        Server server = Server.start(environment, config.build(), network, source(name));
        return new Placed(machine, node, server);
    }

    private BlockSource source(String name) {
        BlockSource files = BlockSource.of(model.checkpoint(), WeightsType.F32, new ScalarKernels());
        List<Span> spans = loaded.computeIfAbsent(name, _ -> new ArrayList<>());
        return new BlockSource() {
            @Override
            public ModelConfig config() {
                return files.config();
            }

            @Override
            public DType wireType() {
                return files.wireType();
            }

            @Override
            public BlockStack load(Span span) throws IOException, InterruptedException {
                spans.add(span);
                return files.load(span);
            }
        };
    }

    RemoteModel client(String name) throws IOException, InterruptedException {
        SwarmNode node = node(name);
        return RemoteModel.start(
                world.node(name).environment(),
                node.rpc(),
                node.dht(),
                model.spec(),
                RoutingConfig.defaults(),
                SessionConfig.defaults());
    }

    /** What a server has loaded, in the order of loading. */
    List<Span> loaded(String name) {
        return loaded.getOrDefault(name, List.of());
    }

    /** The greedy answer to a prompt through a client. */
    int[] answer(RemoteModel client, int[] prompt, int tokens, GenerationListener listener)
            throws IOException, InterruptedException {
        int tokensMax = prompt.length + tokens;
        RemoteSession blocks = client.open(1, tokensMax, world.within(Duration.ofMinutes(5)));
        try (ModelSession session =
                new ModelSession(model.local().ends(), world.environment().team(), blocks, tokensMax)) {
            return new Generation(world.clock(), Duration.ofMinutes(10))
                    .run(session, GenerationRequest.greedy(prompt, tokens), TextDecoder.none(), listener)
                    .ids();
        }
    }

    /** What anybody sees. */
    SwarmView view() throws IOException, InterruptedException {
        return new Directory(watcher.dht(), TinyModel.PREFIX)
                .read(new Span(0, TinyModel.BLOCKS), world.within(Duration.ofSeconds(30)));
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Lets time pass until a server serves {@code span}; false when that takes longer than {@code max}. */
    boolean awaitSpan(Placed placed, Span span, Duration max) throws IOException, InterruptedException {
        return await(() -> placed.server().ready() && placed.server().span().equals(span), max);
    }

    private boolean await(Condition condition, Duration max) throws IOException, InterruptedException {
        Deadline end = world.within(max);
        while (!condition.holds()) {
            if (end.isOver(world.clock())) {
                return false;
            }
            world.clock().sleep(Duration.ofMillis(200));
        }
        return true;
    }
}
