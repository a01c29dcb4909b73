package corolla.cli.table3;

import corolla.base.time.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A bootstrap node, servers and a client, each a real process at an address of its own. Confined to the command's thread; its owner closes it,
 * which ends all of them.
 */
public final class ProcessSwarm implements AutoCloseable {
    /** Quantising while loading takes a server minutes. */
    private static final Duration START_TIME = Duration.ofMinutes(15);

    /** Beside the time that is measured: a prefill, a first pass, or a batch that takes longer than that. */
    private static final Duration CELL_TIME = Duration.ofMinutes(20);

    /** Before a number of sessions, in what a client is asked. */
    public static final String SESSIONS = "SESSIONS-";

    private static final Pattern READY = Pattern.compile("^ready$", Pattern.MULTILINE);
    private static final Pattern RESULT =
            Pattern.compile("^(?:result (?<value>\\S+) (?<count>\\d+)|failed (?<why>.*))$", Pattern.MULTILINE);

    private final SwarmPlan plan;
    private final List<NodeProcess> processes = new ArrayList<>();

    /**
     * What a client has measured.
     *
     * @param perSecond in the cell's unit
     * @param count steps, or forwards
     */
    public record Measured(double perSecond, int count) {}

    private ProcessSwarm(SwarmPlan plan) {
        this.plan = plan;
    }

    /** Starts all and waits until the client knows them; logs go to {@code logs}. */
    static ProcessSwarm start(SwarmPlan plan, TestNetwork network, Path logs, Clock clock)
            throws IOException, InterruptedException {
        var swarm = new ProcessSwarm(plan);
        boolean done = false;
        try {
            swarm.startAll(network, logs, clock);
            done = true;
            return swarm;
        } finally {
            if (!done) {
                swarm.close();
            }
        }
    }

    private void startAll(TestNetwork network, Path logs, Clock clock) throws IOException, InterruptedException {
        String address = network.address(SwarmPlan.BOOTSTRAP);
        NodeProcess bootstrap =
                start("bootstrap node", network.on(SwarmPlan.BOOTSTRAP, plan.bootstrapCommand(address)), logs, clock);
        Pattern multiaddr = Pattern.compile("/ip4/" + Pattern.quote(address) + "/tcp/\\d+/p2p/[A-Za-z0-9]+");
        String peer = bootstrap.await(multiaddr, START_TIME).group();
        List<NodeProcess> servers = new ArrayList<>();
        for (int i = 0; i < plan.servers(); i++) {
            int node = plan.firstServer() + i;
            List<String> command = plan.serverCommand(i, network.address(node), peer);
            servers.add(start("server " + (i + 1), network.on(node, command), logs, clock));
        }
        for (NodeProcess server : servers) {
            server.await(READY, START_TIME);
        }
        start("client", network.on(plan.client(), plan.clientCommand(peer)), logs, clock)
                .await(READY, START_TIME);
    }

    private NodeProcess start(String name, List<String> command, Path logs, Clock clock) throws IOException {
        NodeProcess process = NodeProcess.start(plan.servers() + " servers, " + name, command, logs, clock);
        processes.add(process);
        return process;
    }

    /** Lets the client measure one cell. */
    Measured measure(Cell cell, Duration time) throws IOException, InterruptedException {
        return ask(cell.name(), cell.title(), time);
    }

    /** Lets the client step so many sessions at a time; the count is of all their steps. */
    Measured measureSessions(int sessions, Duration time) throws IOException, InterruptedException {
        return ask(SESSIONS + sessions, sessions + " sessions", time);
    }

    private Measured ask(String request, String title, Duration time) throws IOException, InterruptedException {
        NodeProcess client = processes.getLast();
        client.send(String.format(Locale.ROOT, "%s %.3f", request, time.toNanos() / 1e9));
        Matcher answer = client.await(RESULT, CELL_TIME.plus(time));
        if (answer.group("why") != null) {
            throw new IOException(title + " through " + plan.servers() + " servers: " + answer.group("why"));
        }
        return new Measured(Double.parseDouble(answer.group("value")), Integer.parseInt(answer.group("count")));
    }

    /** Bytes of the host's memory that a server has; empty where the system does not tell. */
    OptionalLong hostBytes(int server) throws IOException {
        return processes.get(plan.firstServer() + server).hostBytes();
    }

    @Override
    public void close() {
        processes.forEach(NodeProcess::terminate);
        processes.reversed().forEach(NodeProcess::close);
    }
}
