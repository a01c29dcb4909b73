package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.dht.DhtConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code corolla dht}. */
@Command(
        name = "dht",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Run a bootstrap node: the address book of a swarm.",
        description = {
            "",
            "Prints its addresses, one a line, as soon as it listens; any of them is what --initial-peers of servers and clients wants."
                    + " Runs until it is told to stop (Ctrl-C, SIGTERM).",
            ""
        },
        footer = {"", "Example:", "  corolla dht --port 31330 --identity-path bootstrap.id"})
final class DhtCommand implements Callable<Integer> {

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = "--initial-peers",
            paramLabel = "ADDRESS",
            arity = "1..*",
            parameterConsumer = Addresses.Consumer.class,
            description = "Nodes of a swarm to join. Default: begin a new one.")
    List<Multiaddr> initialPeers = new ArrayList<>();

    @Mixin
    ListenOptions listen = new ListenOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.LIFECYCLE);
        List<Multiaddr> peers = Addresses.withPeers(initialPeers);
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Environment environment = real.environment();
            try (Ending ending = new Ending(environment.clock());
                    Node node = Node.start(
                            environment, listen.identity(environment.randoms()), listen.listen(), listen.announce())) {
                Version.log();
                node.host().addresses().forEach(address -> console.line(address.toString()));
                if (listen.relays()) {
                    node.relay();
                }
                node.join(DhtConfig.defaults().withInitialPeers(peers));
                ending.await();
            }
        }
        return 0;
    }
}
