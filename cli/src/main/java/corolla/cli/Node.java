package corolla.cli;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.p2p.Host;
import corolla.p2p.P2pLimits;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.swarm.reachability.ReachabilityService;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A host, its peer routing, its calls, and its place in the DHT: started in this order, ended in the other. Confined to the command's thread. */
final class Node implements AutoCloseable {
    private final Environment environment;
    private final Host host;
    private final Kad kad;
    private final Rpc rpc;
    private @Nullable DhtNode dht;
    private @Nullable ReachabilityService reachability;

    private Node(Environment environment, Host host, Kad.Mode mode) {
        this.environment = environment;
        this.host = host;
        this.kad = Kad.start(environment, host, mode, KadLimits.defaults());
        this.rpc = new Rpc(environment, host, RpcLimits.defaults());
    }

    /** Starts to listen (on nothing, for a client). {@link #join} is the next step. */
    static Node start(Environment environment, Identity identity, List<Multiaddr> listen, List<Multiaddr> announce)
            throws IOException {
        var config = new HostConfig(identity, listen, announce, P2pLimits.defaults(), "corolla/" + Version.text());
        Kad.Mode mode = listen.isEmpty() ? Kad.Mode.CLIENT : Kad.Mode.SERVER;
        return new Node(environment, Libp2pHost.start(environment, config), mode);
    }

    /** A client: listens nowhere, keeps nothing for others. */
    static Node client(Environment environment, List<Multiaddr> initialPeers) throws IOException, InterruptedException {
        Identity identity = Identity.generateEd25519(environment.randoms());
        Node node = start(environment, identity, List.of(), List.of());
        try {
            node.join(DhtConfig.defaults().withClientMode(true).withInitialPeers(initialPeers));
            return node;
        } catch (IOException | InterruptedException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** Joins the swarm of the initial peers, or begins one where there are none. Who is no client also tells others whether they can be dialed. */
    void join(DhtConfig config) throws IOException, InterruptedException {
        dht = DhtNode.start(environment, host, rpc, config);
        if (!config.clientMode()) {
            reachability = ReachabilityService.start(environment, host, rpc, kad);
        }
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
            if (reachability != null) {
                reachability.close();
            }
            if (dht != null) {
                dht.close();
            }
        } finally {
            rpc.close();
            kad.close();
            host.close();
        }
    }
}
