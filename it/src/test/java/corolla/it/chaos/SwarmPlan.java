package corolla.it.chaos;

import corolla.swarm.Span;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the processes of a swarm are started. Immutable.
 *
 * @param kind whose they are
 * @param folder for logs and keys
 * @param model as a server is told
 * @param prefix of the model in the swarm
 * @param initialPeer where servers join; empty while nobody has begun
 * @param namespaces name of the network namespaces without their numbers, this process being in the one of the bridge; empty for loopback
 * @param variables of their environment
 */
record SwarmPlan(
        Kind kind,
        Path folder,
        String model,
        String prefix,
        String initialPeer,
        String namespaces,
        Map<String, String> variables) {

    private static final int FIRST_PORT = 42100;

    /** Whose nodes they are. */
    enum Kind {
        /** As released. */
        OURS,
        /** Ours, with servers that answer wrongly when they are told to. */
        OURS_SPOILED,
        /** Stock Petals, as {@code interop/setup-stock.sh} installs it. */
        STOCK
    }

    SwarmPlan joining(String peer) {
        return new SwarmPlan(kind, folder, model, prefix, peer, namespaces, variables);
    }

    /** The command of the node that begins the swarm. */
    List<String> bootstrap() {
        String listen = "/ip4/" + (namespaces.isEmpty() ? "127.0.0.1" : "10.78.0.1") + "/tcp/0";
        return kind == Kind.STOCK
                ? List.of(file("interop/stock_bootstrap.sh"), "--host_maddrs", listen)
                : List.of(file("corolla"), "dht", "--host-maddrs", listen);
    }

    /** The command of a server, which is the same peer at the same address each time. */
    List<String> server(int number, Span span) {
        var command = new ArrayList<String>();
        if (!namespaces.isEmpty()) {
            command.addAll(List.of("ip", "netns", "exec", namespaces + number));
        }
        String host = namespaces.isEmpty() ? "127.0.0.1" : "10.78.0." + (10 + number);
        String listen = "/ip4/" + host + "/tcp/" + (FIRST_PORT + number);
        String key = folder.resolve("server" + number + ".key").toString();
        command.addAll(
                switch (kind) {
                    case OURS -> ours(span, listen, key);
                    case OURS_SPOILED -> spoiled(span, listen, key);
                    case STOCK -> stock(span, listen, key);
                });
        return command;
    }

    private List<String> ours(Span span, String listen, String key) {
        return List.of(
                file("corolla"),
                "server",
                model,
                "--initial-peers",
                initialPeer,
                "--dht-prefix",
                prefix,
                "--block-indices",
                span.toString(),
                "--host-maddrs",
                listen,
                "--identity-path",
                key,
                "--use-relay",
                "never",
                "--throughput",
                "100",
                "--threads",
                "1");
    }

    /** In a JVM like this one. */
    private List<String> spoiled(Span span, String listen, String key) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                SpoilingServer.class.getName(),
                model,
                prefix,
                span.toString(),
                initialPeer,
                listen,
                key));
        return command;
    }

    private List<String> stock(Span span, String listen, String key) {
        return List.of(
                file("interop/stock_server.sh"),
                model,
                prefix,
                span.toString(),
                initialPeer,
                "--host_maddrs",
                listen,
                "--identity_path",
                key,
                "--num_handlers",
                "2");
    }

    private static String file(String name) {
        return Commands.project().resolve(name).toString();
    }
}
