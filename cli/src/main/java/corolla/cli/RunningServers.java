package corolla.cli;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.server.Server;
import corolla.tensor.DeviceException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The servers of one node, which pause, go on and stop together. Filled by one thread, then thread-safe. */
final class RunningServers {
    private static final System.Logger LOG = System.getLogger(RunningServers.class.getName());

    private final TaskScopes tasks;
    private final Clock clock;
    private final Duration drain;
    private final List<Server> servers = new ArrayList<>();
    private final AtomicReference<@Nullable DeviceException> lost = new AtomicReference<>();

    /** @param drain what sessions get to go elsewhere */
    RunningServers(TaskScopes tasks, Clock clock, Duration drain) {
        this.tasks = tasks;
        this.clock = clock;
        this.drain = drain;
    }

    void add(Server server) {
        servers.add(server);
    }

    /** Runs {@code then} as soon as one of them cannot compute any more. */
    void whenLost(Runnable then) {
        for (Server server : servers) {
            server.whenLost(failure -> {
                lost.compareAndSet(null, failure);
                then.run();
            });
        }
    }

    /** Why one of them cannot. */
    Optional<DeviceException> lost() {
        return Optional.ofNullable(lost.get());
    }

    /** Drains all side by side, and keeps them out of the swarm. */
    void pause() throws InterruptedException {
        all("pause", server -> server.pause(drain));
    }

    void resume() throws InterruptedException {
        all("resume", Server::resume);
    }

    /** Drains all side by side, before they are closed. */
    void drain() throws InterruptedException {
        all("drain", server -> server.drain(drain));
    }

    boolean isPaused() {
        return servers.stream().allMatch(Server::isPaused);
    }

    /** One line a server: {@code smollm2-135m 0:10 serving sessions=2}. */
    String state() {
        return servers.stream()
                .map(server -> server.prefix() + " " + server.span() + " "
                        + (server.isPaused() ? server.sessions() > 0 ? "draining" : "paused" : "serving") + " sessions="
                        + server.sessions())
                .collect(Collectors.joining("\n"));
    }

    private interface Change {
        void of(Server server) throws InterruptedException;
    }

    private void all(String name, Change change) throws InterruptedException {
        Deadline never = Deadline.never(clock); // draining has its own end
        try (TaskScope scope = tasks.open(name)) {
            List<Task<@Nullable Void>> changes = servers.stream()
                    .map(server -> scope.run(name + " " + server.prefix(), () -> change.of(server)))
                    .toList();
            for (Task<@Nullable Void> each : changes) {
                each.await(never);
            }
        } catch (IOException impossible) {
            LOG.log(Level.WARNING, "cannot " + name, impossible);
        }
    }
}
