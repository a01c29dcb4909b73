package corolla.dht.testing;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.p2p.Host;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;

/** A whole node on a machine of a simulated world: host, kad, RPC, DHT. */
public record SimulatedDhtNode(SimulatedNode machine, Environment environment, Host host, Rpc rpc, DhtNode dht) {

    /** Starts on the machine of this name, with an identity from the world's seed. */
    public static SimulatedDhtNode start(SimulatedWorld world, String name, DhtConfig config)
            throws IOException, InterruptedException {
        SimulatedNode machine = world.node(name);
        Environment environment = machine.environment();
        byte[] seed = new byte[32];
        environment.randoms().stream("identity").nextBytes(seed);
        Host host = Libp2pHost.start(
                environment,
                HostConfig.listening(
                        Identity.ofEd25519Seed(seed), Multiaddr.parse("/ip4/" + machine.host() + "/tcp/4001")));
        Rpc rpc = new Rpc(environment, host, RpcLimits.defaults());
        Kad.Mode mode = config.clientMode() ? Kad.Mode.CLIENT : Kad.Mode.SERVER;
        Kad.start(environment, host, mode, KadLimits.defaults());
        return new SimulatedDhtNode(machine, environment, host, rpc, DhtNode.start(environment, host, rpc, config));
    }

    public Multiaddr address() {
        return host.addresses().getFirst();
    }
}
