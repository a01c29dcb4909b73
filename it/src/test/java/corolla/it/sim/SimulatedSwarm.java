package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.client.RemoteModel;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.model.weights.WeightsType;
import corolla.p2p.PeerId;
import corolla.p2p.identity.Identity;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.Span;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A swarm of real servers and clients of the tiny model, all in one world. Confined to the world's story. */
final class SimulatedSwarm {
    private final SimulatedWorld world;
    private final TinyModel model;
    private final List<Multiaddr> initialPeers;
    private final Map<PeerId, SimulatedNode> machines = new LinkedHashMap<>();
    private final Map<SimulatedNode, Identity> identities = new LinkedHashMap<>();
    private final Map<SimulatedNode, Server> servers = new LinkedHashMap<>();

    /** Begins with one node that serves nothing: whom all others join through. */
    SimulatedSwarm(SimulatedWorld world, TinyModel model) throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        this.initialPeers = SwarmNode.start(world.node("bootstrap").environment(), List.of())
                .addresses();
    }

    /** Starts a server of some blocks on a machine of its own. */
    Server server(String name, int start, int end) throws IOException, InterruptedException {
        return server(world.node(name), new Span(start, end));
    }

    /** Starts the same server again after a crash; it has another identity, as without an identity file. */
    Server restart(SimulatedNode machine) throws IOException, InterruptedException {
        Span span = serverOn(machine).span();
        machine.restart();
        return server(machine, span);
    }

    /** Starts the same server again after a crash, as the same peer. */
    Server comeBack(SimulatedNode machine) throws IOException, InterruptedException {
        Span span = serverOn(machine).span();
        machine.restart();
        return server(machine, span, Objects.requireNonNull(identities.get(machine)));
    }

    private Server server(SimulatedNode machine, Span span) throws IOException, InterruptedException {
        return server(
                machine, span, Identity.generateEd25519(machine.environment().randoms()));
    }

    private Server server(SimulatedNode machine, Span span, Identity identity)
            throws IOException, InterruptedException {
        Environment environment = machine.environment();
        SwarmNode node = SwarmNode.start(environment, identity, initialPeers);
        identities.put(machine, identity);
        machines.put(node.host().peerId(), machine);
        ServerConfig config = ServerConfig.builder(TinyModel.PREFIX)
                .blocks(span)
                .cacheTokens(512)
                .throughput(10)
                .build();
        Server server = Server.start(
                environment,
                config,
                new ServerNetwork(node.host(), node.rpc(), node.dht()),
                BlockSource.of(model.checkpoint(), WeightsType.F32, new ScalarKernels()));
        servers.put(machine, server);
        return server;
    }

    /** Starts a client on a machine of its own. */
    RemoteModel client(String name) throws IOException, InterruptedException {
        return client(name, SessionConfig.defaults());
    }

    /** The same with other habits. */
    RemoteModel client(String name, SessionConfig sessions) throws IOException, InterruptedException {
        Environment environment = world.node(name).environment();
        SwarmNode node = SwarmNode.client(environment, initialPeers);
        return RemoteModel.start(environment, node.rpc(), node.dht(), model.spec(), RoutingConfig.defaults(), sessions);
    }

    Server serverOn(SimulatedNode machine) {
        return Objects.requireNonNull(servers.get(machine), () -> "no server runs on " + machine);
    }

    /** The machine that a peer's server runs on. */
    SimulatedNode machineOf(PeerId peer) {
        SimulatedNode machine = machines.get(peer);
        if (machine == null) {
            throw new IllegalArgumentException("no server of this swarm is " + peer);
        }
        return machine;
    }
}
