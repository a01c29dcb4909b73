package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.swarm.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server that is harmed, and comes back as the same peer at the same address. Used by one thread at a time; its owner closes it. */
final class Victim implements AutoCloseable {
    private static final Duration START_TIME = Duration.ofMinutes(3);

    final int number;
    final Span span;

    private final Environment environment;
    private final TaskScope readers;
    private final SwarmPlan plan;
    private NodeProcess process;
    private String peer = "";

    private Victim(
            Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span, NodeProcess process) {
        this.environment = environment;
        this.readers = readers;
        this.plan = plan;
        this.number = number;
        this.span = span;
        this.process = process;
    }

    static Victim start(Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span)
            throws IOException {
        return new Victim(environment, readers, plan, number, span, launch(environment, readers, plan, number, span));
    }

    private static NodeProcess launch(Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span)
            throws IOException {
        Path log = plan.folder().resolve("server" + number + ".log");
        return NodeProcess.start(environment, readers, plan.server(number, span), plan.variables(), log);
    }

    /** Waits until it serves, at first or again. */
    void awaitReady() throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), START_TIME);
        if (!process.awaitReady(deadline)) {
            throw new IOException("server " + number + " did not start; its log is in " + plan.folder());
        }
        String address = process.awaitAddress(deadline);
        peer = address.substring(address.lastIndexOf('/') + 1);
    }

    /** As text; empty before it was ready once. */
    String peer() {
        return peer;
    }

    void harm(Harm harm) throws IOException, InterruptedException {
        switch (harm) {
            case KILL -> process.kill();
            case FREEZE -> process.signal("STOP");
            case CUT -> setLink("0");
        }
    }

    /** Ends the harm; {@link #awaitReady} follows. */
    void heal(Harm harm) throws IOException, InterruptedException {
        switch (harm) {
            case KILL -> {
                process.close(); // its port must be free
                process = launch(environment, readers, plan, number, span);
            }
            case FREEZE -> process.signal("CONT");
            case CUT -> setLink("3");
        }
    }

    /** @param state of its port on the bridge: 0 drops all, 3 forwards */
    private void setLink(String state) throws IOException, InterruptedException {
        Commands.run("bridge", "link", "set", "dev", "s" + number, "state", state);
    }

    @Override
    public void close() {
        process.close();
    }

    /**
     * How the processes of a swarm are started.
     *
     * @param folder for logs and keys
     * @param model as a server is told
     * @param prefix of the model in the swarm
     * @param initialPeer where they join
     * @param namespaces name of the network namespaces without their numbers; empty for loopback
     * @param variables of their environment
     */
    record SwarmPlan(
            Path folder,
            String model,
            String prefix,
            String initialPeer,
            String namespaces,
            Map<String, String> variables) {

        private static final int FIRST_PORT = 42100;

        /** The command of a server of ours. */
        List<String> server(int number, Span span) {
            var command = new ArrayList<String>();
            if (!namespaces.isEmpty()) {
                command.addAll(List.of("ip", "netns", "exec", namespaces + number));
            }
            String host = namespaces.isEmpty() ? "127.0.0.1" : "10.78.0." + (10 + number);
            command.addAll(List.of(
                    Commands.project().resolve("corolla").toString(),
                    "server",
                    model,
                    "--initial-peers",
                    initialPeer,
                    "--dht-prefix",
                    prefix,
                    "--block-indices",
                    span.toString(),
                    "--host-maddrs",
                    "/ip4/" + host + "/tcp/" + (FIRST_PORT + number),
                    "--identity-path",
                    folder.resolve("server" + number + ".key").toString(),
                    "--use-relay",
                    "never",
                    "--throughput",
                    "100",
                    "--threads",
                    "1"));
            return command;
        }
    }
}
