package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import java.io.IOException;
import java.util.List;

/** One node of a simulated swarm, put together as the command line does: a host, its calls, its place in the DHT. */
public record SwarmNode(Libp2pHost host, Kad kad, Rpc rpc, DhtNode dht) implements AutoCloseable {
    private static final Multiaddr ANYWHERE = Multiaddr.parse("/ip4/0.0.0.0/tcp/31330");

    /** A node that listens and keeps records for others. */
    static SwarmNode start(Environment environment, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        return start(environment, Identity.generateEd25519(environment.randoms()), initialPeers);
    }

    /** The same as somebody in particular. */
    static SwarmNode start(Environment environment, Identity identity, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        return start(environment, identity, DhtConfig.defaults().withInitialPeers(initialPeers), ANYWHERE);
    }

    /** A node that only asks. */
    public static SwarmNode client(Environment environment, List<Multiaddr> initialPeers)
            throws IOException, InterruptedException {
        return start(
                environment,
                Identity.generateEd25519(environment.randoms()),
                DhtConfig.defaults().withInitialPeers(initialPeers).withClientMode(true));
    }

    private static SwarmNode start(Environment environment, Identity identity, DhtConfig config, Multiaddr... listen)
            throws IOException, InterruptedException {
        Libp2pHost host = Libp2pHost.start(environment, HostConfig.listening(identity, listen));
        Kad.Mode mode = config.clientMode() ? Kad.Mode.CLIENT : Kad.Mode.SERVER;
        Kad kad = Kad.start(environment, host, mode, KadLimits.defaults());
        Rpc rpc = new Rpc(environment, host, RpcLimits.defaults());
        return new SwarmNode(host, kad, rpc, DhtNode.start(environment, host, rpc, config));
    }

    /** The address that others join by. */
    List<Multiaddr> addresses() {
        return host.addresses().subList(0, 1);
    }

    @Override
    public void close() {
        dht.close();
        rpc.close();
        kad.close();
        host.close();
    }
}
