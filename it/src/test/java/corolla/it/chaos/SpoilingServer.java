package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.server.BlockSource;
import corolla.server.Server;
import corolla.server.ServerConfig;
import corolla.server.ServerNetwork;
import corolla.swarm.Span;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A server of ours in a process of its own, all of it real, but that it does one thing wrong for each line of its standard input, which names
 * a {@link Spoil}. Says its addresses and {@code ready} as {@code corolla server} does; ends with its input.
 */
public final class SpoilingServer {
    private final Environment environment;
    private final Spoils spoils = new Spoils();

    private SpoilingServer(Environment environment) {
        this.environment = environment;
    }

    /** Arguments: MODEL, folder or file; PREFIX; BLOCKS, 0:3; INITIAL_PEER; LISTEN, a multiaddress; IDENTITY, a file. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (RealEnvironment real = RealEnvironment.create(1);
                Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]))) {
            new SpoilingServer(real.environment()).run(checkpoint, List.of(arguments));
        }
        System.exit(0);
    }

    private void run(Checkpoint checkpoint, List<String> arguments) throws IOException, InterruptedException {
        var initialPeers = List.of(Multiaddr.parse(arguments.get(3)));
        var listening = HostConfig.listening(identity(Path.of(arguments.get(5))), Multiaddr.parse(arguments.get(4)));
        ServerConfig config = ServerConfig.builder(arguments.get(1))
                .blocks(Span.parse(arguments.get(2)))
                .throughput(100)
                .rehearses(true)
                .build();
        try (Kernels kernels = SpoiledKernels.around(Kernels.best(KernelsOptions.defaults()), spoils);
                Libp2pHost host = Libp2pHost.start(environment, listening);
                Kad _ = Kad.start(environment, host, Kad.Mode.SERVER, KadLimits.defaults());
                Rpc rpc = new Rpc(environment, host, RpcLimits.defaults());
                DhtNode dht = DhtNode.start(
                        environment, host, rpc, DhtConfig.defaults().withInitialPeers(initialPeers));
                Rpc spoiled = new Rpc(environment, SpoiledHost.around(host, spoils), RpcLimits.defaults());
                Server _ = Server.start(
                        environment,
                        config,
                        new ServerNetwork(host, spoiled, dht),
                        BlockSource.of(checkpoint, WeightsType.AUTO, kernels))) {
            host.addresses().forEach(System.out::println);
            System.out.println("ready");
            obey();
        }
    }

    private Identity identity(Path file) throws IOException {
        if (!Files.exists(file)) {
            Identity.generateEd25519(environment.randoms()).save(file);
        }
        return Identity.load(file);
    }

    private void obey() throws IOException {
        try (var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                spoils.arm(Spoil.valueOf(line));
                System.out.println("told to spoil an answer: " + line);
            }
        }
    }
}
