package corolla.cli;

import corolla.base.multiformat.Multiaddr;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which swarm, and which model in it. */
final class SwarmOptions {
    @Option(
            names = "--initial-peers",
            paramLabel = "ADDRESS",
            arity = "1..*",
            parameterConsumer = Addresses.Consumer.class,
            description =
                    "Multiaddrs of nodes of the swarm, as 'corolla dht' and 'corolla server' print them. Any one that is up will do.")
    private List<Multiaddr> initialPeers = new ArrayList<>();

    @Option(
            names = "--dht-prefix",
            paramLabel = "NAME",
            description =
                    "The model's name in the swarm; the same on servers and clients. Default: derived from a Hugging Face id as Petals does.")
    private @Nullable String dhtPrefix;

    boolean isGiven() {
        return !initialPeers.isEmpty();
    }

    List<Multiaddr> initialPeers() {
        return Addresses.withPeers(initialPeers);
    }

    /** For commands that need a swarm that exists. */
    List<Multiaddr> required() {
        if (initialPeers.isEmpty()) {
            throw new UserException("--initial-peers is missing: a swarm is found through any node of it;"
                    + " start one with 'corolla dht' and pass an address that it prints");
        }
        return initialPeers();
    }

    @Nullable
    String dhtPrefix() {
        return dhtPrefix;
    }
}
