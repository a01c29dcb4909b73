package corolla.p2p.testing;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.util.random.RandomGenerator;

/** A host with RPC on a machine of a simulated world. */
public record SimulatedPeer(SimulatedNode node, Environment environment, Host host, Rpc rpc) {

    /** Starts on the machine of this name, with an identity from the world's seed. */
    public static SimulatedPeer start(SimulatedWorld world, String name) throws IOException {
        return start(world, name, RpcLimits.defaults());
    }

    public static SimulatedPeer start(SimulatedWorld world, String name, RpcLimits limits) throws IOException {
        SimulatedNode node = world.node(name);
        Environment environment = node.environment();
        byte[] seed = new byte[32];
        RandomGenerator random = environment.randoms().stream("identity");
        random.nextBytes(seed);
        Host host = Libp2pHost.start(
                environment,
                HostConfig.listening(
                        Identity.ofEd25519Seed(seed), Multiaddr.parse("/ip4/" + node.host() + "/tcp/4001")));
        return new SimulatedPeer(node, environment, host, new Rpc(environment, host, limits));
    }

    public PeerId id() {
        return host.peerId();
    }

    public Multiaddr address() {
        return host.addresses().getFirst();
    }
}
