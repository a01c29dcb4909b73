package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
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
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** One node of a simulated swarm, put together as the command line does: a host, its calls, its relays, its place in the DHT. */
public record SwarmNode(Libp2pHost host, Kad kad, Rpc rpc, RelayClient relays, DhtNode dht) implements AutoCloseable {
    private static final Multiaddr ANYWHERE = Multiaddr.parse("/ip4/0.0.0.0/tcp/31330");
    /** Smaller than that of real nodes, as swarms here are: a look-up must not ask everybody. */
    private static final int BUCKET_SIZE = 8;

    private static final Duration RELAY_TIME = Duration.ofSeconds(60);

    /** A node that listens and keeps records for others. */
    static SwarmNode start(Environment environment, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        return start(environment, initialPeers, Reach.OPEN);
    }

    /** A node that only asks. */
    public static SwarmNode client(Environment environment, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        return start(environment, initialPeers, Reach.NONE);
    }

    /** A node that is reached, and serves the DHT, as it can. */
    static SwarmNode start(Environment environment, List<Multiaddr> initialPeers, Reach reach)
            throws IOException, InterruptedException {
        return start(environment, Identity.generateEd25519(environment.randoms()), initialPeers, reach);
    }

    /** The same as somebody in particular. */
    static SwarmNode start(Environment environment, Identity identity, List<Multiaddr> initialPeers, Reach reach)
            throws IOException, InterruptedException {
        DhtConfig dht = DhtConfig.defaults().withInitialPeers(initialPeers).withBucketSize(BUCKET_SIZE);
        return start(environment, identity, reach, dht);
    }

    /** The same with a DHT of other habits; whether it serves others follows from its reach. */
    static SwarmNode start(Environment environment, Identity identity, Reach reach, DhtConfig dht)
            throws IOException, InterruptedException {
        HostConfig config =
                reach == Reach.NONE ? HostConfig.listening(identity) : HostConfig.listening(identity, ANYWHERE);
        Libp2pHost host = Libp2pHost.start(environment, config);
        boolean asksOnly = reach == Reach.NONE || reach == Reach.BEHIND_ROUTER;
        Kad kad = Kad.start(environment, host, asksOnly ? Kad.Mode.CLIENT : Kad.Mode.SERVER, KadLimits.defaults());
        Rpc rpc = new Rpc(environment, host, RpcLimits.defaults());
        RelayClient relays = RelayClient.start(environment, host, RelayLimits.defaults());
        if (reach == Reach.BEHIND_ROUTER) {
            reserve(environment, host, relays, dht.initialPeers());
        }
        DhtNode dhtNode = DhtNode.start(environment, host, rpc, dht.withClientMode(asksOnly));
        SwarmNode node = new SwarmNode(host, kad, rpc, relays, dhtNode);
        if (reach == Reach.RELAY) {
            RelayServer.start(environment, host, RelayLimits.defaults());
        }
        return node;
    }

    private static void reserve(
            Environment environment, Libp2pHost host, RelayClient relays, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        for (Multiaddr address : initialPeers) {
            PeerId.at(address).ifPresent(peer -> host.addressBook().add(peer, List.of(address), RELAY_TIME));
        }
        relays.keepReservations(initialPeers.stream()
                .flatMap(address -> PeerId.at(address).stream())
                .toList());
        if (!relays.awaitReservation(Deadline.after(environment.clock(), RELAY_TIME))) {
            throw new IOException("no relay has given a slot within " + RELAY_TIME);
        }
    }

    /** The address that others join by. */
    List<Multiaddr> addresses() {
        return host.addresses().subList(0, 1);
    }

    @Override
    public void close() {
        dht.close();
        relays.close();
        rpc.close();
        kad.close();
        host.close();
    }
}
