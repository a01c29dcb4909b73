package corolla.server;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.model.LocalModel;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.p2p.Host;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.tensor.Kernels;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Nodes of one swarm on loopback, in real time, and the golden llama that they serve. */
final class TestSwarm implements AutoCloseable {
    final RealEnvironment real = RealEnvironment.create(1);
    final Environment environment = real.environment();
    final ScalarKernels kernels = new ScalarKernels();
    final Checkpoint checkpoint;
    final LocalModel local;
    private final List<Node> nodes = new ArrayList<>();

    /** One peer. */
    final class Node implements AutoCloseable {
        final Host host;
        final Kad kad;
        final Rpc rpc;
        final DhtNode dht;

        Node(List<Multiaddr> initialPeers) throws IOException, InterruptedException {
            Identity identity = Identity.generateEd25519(environment.randoms());
            host = Libp2pHost.start(
                    environment, HostConfig.listening(identity, Multiaddr.parse("/ip4/127.0.0.1/tcp/0")));
            kad = Kad.start(environment, host, Kad.Mode.SERVER, KadLimits.defaults());
            rpc = new Rpc(environment, host, RpcLimits.defaults());
            dht = DhtNode.start(environment, host, rpc, DhtConfig.defaults().withInitialPeers(initialPeers));
        }

        ServerNetwork network() {
            return new ServerNetwork(host, rpc, dht);
        }

        @Override
        public void close() {
            dht.close();
            rpc.close();
            kad.close();
            host.close();
        }
    }

    TestSwarm(Path folder) throws IOException {
        checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder));
        local = LocalModel.load(checkpoint, WeightsType.F32, kernels, environment.team());
    }

    Node join() throws IOException, InterruptedException {
        List<Multiaddr> peers =
                nodes.isEmpty() ? List.of() : nodes.getFirst().host.addresses();
        Node node = new Node(peers);
        nodes.add(node);
        return node;
    }

    Server serve(ServerConfig.Builder config) throws IOException, InterruptedException {
        return serve(config, kernels);
    }

    /** @param others borrowed */
    Server serve(ServerConfig.Builder config, Kernels others) throws IOException, InterruptedException {
        BlockSource source = BlockSource.of(checkpoint, WeightsType.F32, others);
        return Server.start(environment, config.build(), join().network(), source);
    }

    Deadline soon() {
        return Deadline.after(environment.clock(), Duration.ofSeconds(30));
    }

    @Override
    public void close() throws IOException {
        for (Node node : nodes.reversed()) {
            node.close();
        }
        local.close();
        checkpoint.close();
        kernels.close();
        real.close();
    }
}
