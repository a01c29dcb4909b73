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
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A swarm of real servers and clients of the tiny model, all in one world. Confined to the world's threads, which run one at a time. */
final class SimulatedSwarm {
    /** Which nodes others join through; the first also relays. */
    static final String BOOTSTRAP = "bootstrap";

    private final SimulatedWorld world;
    private final TinyModel model;
    private final List<Multiaddr> initialPeers = new ArrayList<>();
    private final Map<PeerId, SimulatedNode> machines = new LinkedHashMap<>();
    private final Map<SimulatedNode, Place> places = new LinkedHashMap<>();

    /** What runs on a machine, and again after a crash; the server is null while it starts. */
    private static final class Place {
        final Span span;
        final Reach reach;

        @Nullable
        Server server;

        @Nullable
        Identity identity; // of the latest life

        long cacheBytes; // all of it

        Place(Span span, Reach reach) {
            this.span = span;
            this.reach = reach;
        }
    }

    /** Begins with one node that serves nothing: whom all others join through, and who relays. */
    SimulatedSwarm(SimulatedWorld world, TinyModel model) throws IOException, InterruptedException {
        this(world, model, BOOTSTRAP);
    }

    /** The same with another name for that node. */
    SimulatedSwarm(SimulatedWorld world, TinyModel model, String bootstrap) throws IOException, InterruptedException {
        this.world = world;
        this.model = model;
        bootstrap(bootstrap);
    }

    /** One more node to join through, that relays; for those that start from now on. */
    SwarmNode bootstrap(String name) throws IOException, InterruptedException {
        SwarmNode node = SwarmNode.start(world.node(name).environment(), List.copyOf(initialPeers), Reach.RELAY);
        initialPeers.addAll(node.addresses());
        return node;
    }

    List<Multiaddr> initialPeers() {
        return List.copyOf(initialPeers);
    }

    /** Starts a server of some blocks on a machine of its own. */
    Server server(String name, int start, int end) throws IOException, InterruptedException {
        return server(name, new Span(start, end), Reach.OPEN);
    }

    /** The same, reached as told. */
    Server server(String name, Span span, Reach reach) throws IOException, InterruptedException {
        SimulatedNode machine = world.node(name);
        if (reach == Reach.BEHIND_ROUTER) {
            world.network().dropInbound(machine);
        }
        Place place = new Place(span, reach);
        places.put(machine, place);
        return start(machine, place);
    }

    /** Starts the same server again after a crash; it has another identity, as without an identity file. */
    Server restart(SimulatedNode machine) throws IOException, InterruptedException {
        Place place = place(machine);
        machine.restart();
        return start(machine, place);
    }

    /** Starts the same server again after a crash, as the same peer. */
    Server comeBack(SimulatedNode machine) throws IOException, InterruptedException {
        Place place = place(machine);
        machine.restart();
        return start(machine, place, Objects.requireNonNull(place.identity, "never started"));
    }

    private Server start(SimulatedNode machine, Place place) throws IOException, InterruptedException {
        return start(
                machine, place, Identity.generateEd25519(machine.environment().randoms()));
    }

    private Server start(SimulatedNode machine, Place place, Identity identity)
            throws IOException, InterruptedException {
        Environment environment = machine.environment();
        place.identity = identity;
        SwarmNode node = SwarmNode.start(environment, identity, initialPeers, place.reach);
        machines.put(node.host().peerId(), machine);
        ServerConfig config = ServerConfig.builder(TinyModel.PREFIX)
                .blocks(place.span)
                .cacheTokens(512)
                .throughput(10)
                .relayed(place.reach == Reach.BEHIND_ROUTER)
                .build();
        Server server = Server.start(
                environment,
                config,
                new ServerNetwork(node.host(), node.rpc(), node.dht()),
                BlockSource.of(model.checkpoint(), WeightsType.F32, model.kernels()));
        place.server = server;
        place.cacheBytes = server.cacheBytesFree();
        return server;
    }

    /** The process dies, and the memory outside of the heap that it held is given back, as a machine does. */
    void crash(SimulatedNode machine) {
        machine.crash();
        Place place = places.get(machine);
        if (place != null && place.server != null) {
            Server dead = place.server;
            place.server = null;
            world.tasks().open("undertaker").run("buries " + machine, dead::close);
        }
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

    /** The servers that run now. */
    Map<SimulatedNode, Server> servers() {
        Map<SimulatedNode, Server> servers = new LinkedHashMap<>();
        places.forEach((machine, place) -> {
            if (place.server != null && machine.isUp()) {
                servers.put(machine, place.server);
            }
        });
        return servers;
    }

    Server serverOn(SimulatedNode machine) {
        return Objects.requireNonNull(place(machine).server, () -> "no server runs on " + machine);
    }

    /** The cache of the server that runs on a machine, all of it. */
    long cacheBytes(SimulatedNode machine) {
        return place(machine).cacheBytes;
    }

    /** The blocks that a machine serves whenever it is up. */
    Span spanOf(SimulatedNode machine) {
        return place(machine).span;
    }

    private Place place(SimulatedNode machine) {
        return Objects.requireNonNull(places.get(machine), () -> machine + " is no server of this swarm");
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
