package corolla.cli;

import corolla.base.multiformat.Multiaddr;
import corolla.base.random.Randoms;
import corolla.p2p.identity.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a node listens, and as whom. */
final class ListenOptions {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "TCP port to listen on, on all interfaces. Default: one that is free.")
    private @Nullable Integer port;

    @Option(
            names = "--host-maddrs",
            paramLabel = "ADDRESS",
            arity = "1..*",
            parameterConsumer = Addresses.Consumer.class,
            description = "Where to listen, such as /ip4/0.0.0.0/tcp/31330. Default: all interfaces.")
    private List<Multiaddr> hostAddresses = new ArrayList<>();

    @Option(
            names = "--announce-maddrs",
            paramLabel = "ADDRESS",
            arity = "1..*",
            parameterConsumer = Addresses.Consumer.class,
            description = "The addresses to tell others instead, such as the public one in front of a router.")
    private List<Multiaddr> announceAddresses = new ArrayList<>();

    @Option(
            names = "--public-ip",
            paramLabel = "IP",
            description = "Tell others this IP address, with --port: for a router that forwards the port.")
    private @Nullable String publicIp;

    @Option(
            names = "--no-relay",
            description =
                    "Do not carry connections of peers that cannot be dialed. Default: carry them, within limits.")
    private boolean noRelay;

    @Option(
            names = "--identity-path",
            paramLabel = "FILE",
            description =
                    "Private key of this node, made where there is none: keeps its peer id over restarts. Petals' key files work too.")
    private @Nullable Path identityPath;

    List<Multiaddr> listen() {
        if (port != null && !hostAddresses.isEmpty()) {
            throw new UserException("--port and --host-maddrs both say where to listen: give one of them");
        }
        if (!hostAddresses.isEmpty()) {
            return List.copyOf(hostAddresses);
        }
        int wanted = port == null ? 0 : port;
        return List.of(Multiaddr.parse("/ip4/0.0.0.0/tcp/" + wanted), Multiaddr.parse("/ip6/::/tcp/" + wanted));
    }

    /** The port that was asked for, if one was. */
    OptionalInt port() {
        return port == null ? OptionalInt.empty() : OptionalInt.of(port);
    }

    /** The file of this node's key, if one was named. */
    Optional<Path> identityPath() {
        return Optional.ofNullable(identityPath);
    }

    /** @throws UserException when something is told that only one process can have */
    void checkForSeveral() {
        if (!announceAddresses.isEmpty()) {
            throw new UserException("--announce-maddrs is for one server; several devices need --port and --public-ip");
        }
        boolean namesPort =
                hostAddresses.stream().anyMatch(address -> !address.toString().contains("/tcp/0"));
        if (namesPort) {
            throw new UserException("--host-maddrs with a port is for one server; several devices need --port, from"
                    + " which on they take ports, or /tcp/0");
        }
    }

    List<Multiaddr> announce() {
        if (publicIp == null) {
            return List.copyOf(announceAddresses);
        }
        if (!announceAddresses.isEmpty()) {
            throw new UserException("--public-ip and --announce-maddrs both say what to tell others: give one of them");
        }
        if (port == null || port == 0) {
            throw new UserException("--public-ip needs --port: the one that the router forwards");
        }
        String family = publicIp.indexOf(':') >= 0 ? "ip6" : "ip4";
        try {
            return List.of(Multiaddr.parse("/" + family + "/" + publicIp + "/tcp/" + port));
        } catch (IllegalArgumentException e) {
            throw new UserException("--public-ip '" + publicIp + "' is no IP address", e);
        }
    }

    /** Whether to carry others' connections. */
    boolean relays() {
        return !noRelay;
    }

    /** The key in the file, or a new one: kept in the file if one is named. */
    Identity identity(Randoms randoms) throws IOException {
        if (identityPath == null) {
            return Identity.generateEd25519(randoms);
        }
        if (Files.exists(identityPath)) {
            return Identity.load(identityPath);
        }
        Identity made = Identity.generateEd25519(randoms);
        made.save(identityPath);
        return made;
    }
}
