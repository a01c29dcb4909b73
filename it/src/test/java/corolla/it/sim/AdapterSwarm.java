package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.client.RemoteModel;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.model.weights.WeightsType;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.server.adapter.AdapterSource;
import corolla.swarm.Span;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A swarm whose servers offer adapters of the tiny model, all in one world. Confined to the world's story. */
final class AdapterSwarm {
    private final SimulatedWorld world;
    private final TinyModel model;
    private final Map<String, Path> adapters;
    private final List<Multiaddr> initialPeers;
    final List<Server> servers = new ArrayList<>();

    /** @param adapters folders by name */
    AdapterSwarm(SimulatedWorld world, TinyModel model, Map<String, Path> adapters)
            throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        this.adapters = adapters;
        this.initialPeers = SwarmNode.start(world.node("bootstrap").environment(), List.of())
                .addresses();
    }

    AdapterSource source(String name) {
        return AdapterSource.of(Objects.requireNonNull(adapters.get(name)));
    }

    /** Starts a server of some blocks with these adapters. */
    Server serve(String machine, int start, int end, String... names) throws IOException, InterruptedException {
        ServerConfig.Builder config = config(new Span(start, end));
        for (String name : names) {
            config.adapter(name, source(name));
        }
        return serve(machine, config);
    }

    /** Starts a server of all blocks that watches a folder. */
    Server watching(String machine, Path folder) throws IOException, InterruptedException {
        return serve(machine, config(new Span(0, TinyModel.BLOCKS)).adaptersFolder(folder));
    }

    private static ServerConfig.Builder config(Span blocks) {
        return ServerConfig.builder(TinyModel.PREFIX)
                .blocks(blocks)
                .cacheTokens(512)
                .throughput(10);
    }

    private Server serve(String machine, ServerConfig.Builder config) throws IOException, InterruptedException {
        Environment environment = world.node(machine).environment();
        SwarmNode node = SwarmNode.start(environment, initialPeers);
        Server server = Server.start(
                environment,
                config.build(),
                new ServerNetwork(node.host(), node.rpc(), node.dht()),
                BlockSource.of(model.checkpoint(), WeightsType.F32, new ScalarKernels()));
        servers.add(server);
        return server;
    }

    /** Starts a client on a machine of its own. */
    RemoteModel client(String machine) throws IOException, InterruptedException {
        Environment environment = world.node(machine).environment();
        SwarmNode node = SwarmNode.client(environment, initialPeers);
        return RemoteModel.start(
                environment, node.rpc(), node.dht(), model.spec(), RoutingConfig.defaults(), SessionConfig.defaults());
    }
}
