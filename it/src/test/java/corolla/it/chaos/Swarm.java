package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.swarm.Span;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A bootstrap node and servers, each a process of its own. Confined to its owner's thread, which closes it. */
final class Swarm implements AutoCloseable {
    private static final Duration START_TIME = Duration.ofMinutes(5); // the launcher may build first

    private final TaskScope readers;
    private final NodeProcess bootstrap;
    private final List<Victim> servers = new ArrayList<>();
    private final Multiaddr address;

    private Swarm(TaskScope readers, NodeProcess bootstrap, Multiaddr address) {
        this.readers = readers;
        this.bootstrap = bootstrap;
        this.address = address;
    }

    /** Starts all and waits until they serve. */
    static Swarm start(Environment environment, SwarmPlan plan, List<Span> spans)
            throws IOException, InterruptedException {
        TaskScope readers = environment.tasks().open("outputs of processes");
        NodeProcess bootstrap = NodeProcess.start(
                environment,
                readers,
                plan.bootstrap(),
                plan.variables(),
                plan.folder().resolve("bootstrap.log"));
        String address = bootstrap.awaitAddress(Deadline.after(environment.clock(), START_TIME));
        var swarm = new Swarm(readers, bootstrap, Multiaddr.parse(address));
        try {
            SwarmPlan joined = plan.joining(address);
            for (Span span : spans) {
                swarm.servers.add(Victim.start(environment, readers, joined, swarm.servers.size() + 1, span));
            }
            for (Victim server : swarm.servers) {
                server.awaitReady();
            }
            return swarm;
        } catch (IOException | InterruptedException | RuntimeException e) {
            swarm.close();
            throw e;
        }
    }

    Multiaddr address() {
        return address;
    }

    List<Victim> servers() {
        return List.copyOf(servers);
    }

    @Override
    public void close() {
        servers.forEach(Victim::close);
        bootstrap.close();
        readers.close();
    }
}
