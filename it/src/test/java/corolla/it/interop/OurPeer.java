package corolla.it.interop;

import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
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
import java.io.IOException;
import java.time.Duration;

/** A Corolla peer on loopback: host, kad and RPC. */
record OurPeer(RealEnvironment real, Host host, Kad kad, Rpc rpc) implements AutoCloseable {

    static OurPeer start() throws IOException {
        RealEnvironment real = RealEnvironment.create(1);
        Identity identity = Identity.generateEd25519(real.environment().randoms());
        Host host = Libp2pHost.start(
                real.environment(), HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
        Kad kad = Kad.start(real.environment(), host, Kad.Mode.SERVER, KadLimits.defaults());
        return new OurPeer(real, host, kad, new Rpc(real.environment(), host, RpcLimits.defaults()));
    }

    /** A DHT node on this peer; the caller closes it. */
    DhtNode dht(DhtConfig config) throws IOException, InterruptedException {
        return DhtNode.start(real.environment(), host, rpc, config);
    }

    Multiaddr address() {
        return host.addresses().getFirst();
    }

    Deadline within(Duration time) {
        return Deadline.after(real.environment().clock(), time);
    }

    @Override
    public void close() {
        rpc.close();
        kad.close();
        host.close();
        real.close();
    }
}
