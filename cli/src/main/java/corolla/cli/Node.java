package corolla.cli;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.p2p.Host;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.relay.RelayClient;
import corolla.p2p.relay.RelayLimits;
import corolla.p2p.relay.RelayServer;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.swarm.bandwidth.BandwidthService;
import corolla.swarm.reachability.ReachabilityService;
import corolla.swarm.reachability.SelfCheck;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A host, its peer routing, its calls, and its place in the DHT: started in this order, ended in the other. Confined to the command's thread. */
final class Node implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Node.class.getName());

    /** A first slot, including the time that peers need to say that they relay. */
    private static final Duration RELAY_TIME = Duration.ofSeconds(60);

    /** Somebody sits and waits: a wrong address should be told soon. Servers, which nobody watches, try longer. */
    private static final Duration CLIENT_JOIN_TIME = Duration.ofSeconds(15);

    private final Environment environment;
    private final Libp2pHost host;
    private final Kad kad;
    private final Rpc rpc;
    private final RelayClient relays;
    private @Nullable RelayServer relayServer;
    private @Nullable DhtNode dht;
    private @Nullable ReachabilityService reachability;
    private @Nullable BandwidthService bandwidth;

    private Node(Environment environment, Libp2pHost host) {
        this.environment = environment;
        this.host = host;
        this.kad = Kad.start(environment, host, Kad.Mode.CLIENT, KadLimits.defaults());
        this.rpc = new Rpc(environment, host, RpcLimits.defaults());
        this.relays = RelayClient.start(environment, host, RelayLimits.defaults());
    }

    /** Starts to listen (on nothing, for a client). {@link #join} is the next step. */
    static Node start(Environment environment, Identity identity, List<Multiaddr> listen, List<Multiaddr> announce)
            throws IOException {
        var config = new HostConfig(identity, listen, announce, P2pLimits.defaults(), "corolla/" + Version.text());
        return new Node(environment, Libp2pHost.start(environment, config));
    }

    /** A client: listens nowhere, keeps nothing for others. */
    static Node client(Environment environment, List<Multiaddr> initialPeers) throws IOException, InterruptedException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        Node node = start(environment, identity, List.of(), List.of());
        try {
            node.join(DhtConfig.defaults()
                    .withClientMode(true)
                    .withInitialPeers(initialPeers)
                    .withBootstrapTime(CLIENT_JOIN_TIME));
            return node;
        } catch (IOException | InterruptedException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** Joins the swarm of the initial peers, or begins one where there are none. Who is no client serves others' look-ups. */
    void join(DhtConfig config) throws IOException, InterruptedException {
        if (!config.clientMode()) {
            kad.serve();
        }
        dht = DhtNode.start(environment, host, rpc, config);
        if (!config.clientMode()) {
            reachability = ReachabilityService.start(environment, host, rpc, kad);
            bandwidth = BandwidthService.start(rpc, environment.clock());
        }
    }

    /**
     * Joins as a server does: as a full member when others can dial it, else as a client who is reached through relays.
     *
     * @return whether it is reached through relays
     */
    boolean join(DhtConfig config, UseRelay use) throws IOException, InterruptedException {
        boolean isRelayed = isRelayed(config, use);
        if (isRelayed) {
            reserve(config);
        }
        join(config.withClientMode(isRelayed));
        return isRelayed;
    }

    private boolean isRelayed(DhtConfig config, UseRelay use) throws IOException, InterruptedException {
        if (config.initialPeers().isEmpty()) {
            if (use == UseRelay.ALWAYS) {
                throw new UserException("--use-relay always needs --initial-peers: a relay is a node of the swarm");
            }
            return false; // who begins a swarm must be reached somehow
        }
        return switch (use) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> !isReachable(config);
        };
    }

    /** Asks the swarm, which it visits as a client for that. */
    private boolean isReachable(DhtConfig config) throws IOException, InterruptedException {
        try (DhtNode visitor = DhtNode.start(environment, host, rpc, config.withClientMode(true))) {
            var verdict = new SelfCheck(environment, rpc, host.peerId()).ask(visitor.knownPeers());
            String what = verdict.answered() == 0
                    ? "taken for reachable, nobody says"
                    : verdict.isReachable() ? "reachable" : "not reachable from outside, using relays";
            LOG.log(
                    verdict.isReachable() ? Level.INFO : Level.WARNING,
                    () -> "this server is " + what + ": " + verdict);
            return verdict.isReachable();
        }
    }

    private void reserve(DhtConfig config) throws IOException, InterruptedException {
        for (Multiaddr address : config.initialPeers()) {
            PeerId.at(address).ifPresent(peer -> host.addressBook().add(peer, List.of(address), RELAY_TIME));
        }
        relays.keepReservations(config.initialPeers().stream()
                .flatMap(address -> PeerId.at(address).stream())
                .distinct()
                .toList());
        if (!relays.awaitReservation(Deadline.after(environment.clock(), RELAY_TIME))) {
            throw new IOException(
                    "no relay has given this server a slot within " + RELAY_TIME.toSeconds()
                            + " s, and without one nobody can reach it. Tried: the initial peers and whom they led to. Open port "
                            + "and firewall (then --public-ip and --port), or name an initial peer that relays ('corolla dht' does)");
        }
    }

    /** Carries connections to those that cannot be dialed, from now on. */
    void relay() {
        relayServer = RelayServer.start(environment, host, RelayLimits.defaults());
    }

    Host host() {
        return host;
    }

    Rpc rpc() {
        return rpc;
    }

    DhtNode dht() {
        if (dht == null) {
            throw new IllegalStateException("the node has not joined a swarm");
        }
        return dht;
    }

    @Override
    public void close() {
        try {
            if (bandwidth != null) {
                bandwidth.close();
            }
            if (reachability != null) {
                reachability.close();
            }
            if (dht != null) {
                dht.close();
            }
        } finally {
            rpc.close();
            relays.close();
            if (relayServer != null) {
                relayServer.close();
            }
            kad.close();
            host.close();
        }
    }
}
