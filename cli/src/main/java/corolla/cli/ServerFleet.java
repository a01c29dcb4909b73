package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.cli.process.Lines;
import corolla.cli.process.Programs;
import corolla.tensor.DeviceChoice;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Servers on several devices of this machine, a process each: what a lost device takes along is its own server. They print what one would, addresses
 * at once and {@code ready} when all are; lines of their logs begin with their device. When one ends before that, all do. Thread-safe; its owner
 * closes it, which ends what still runs.
 */
final class ServerFleet implements AutoCloseable {
    static final String READY = "ready";

    /** What a process that SIGTERM has ended leaves. */
    private static final int TERMINATED = 128 + 15;

    /** What a process may take to end, beside draining. */
    private static final Duration GRACE = Duration.ofSeconds(8);

    private static final Duration PERIOD = Duration.ofMillis(50);

    private final Console console;
    private final Clock clock;
    private final Gate gate;
    private final TaskScope watcher;
    private final List<Member> members = new ArrayList<>(); // complete before the watcher begins
    private Runnable whenOver = () -> {}; // guarded by gate
    private int ready; // used by the watcher alone

    private static final class Member {
        private final String name;
        private final Process process;
        private final Lines out;
        private final Lines err;
        private volatile boolean isOver; // changed by the watcher, with the gate

        Member(String name, Process process, Consumer<String> out, Consumer<String> err) {
            this.name = name;
            this.process = process;
            this.out = new Lines(process.getInputStream(), out);
            this.err = new Lines(process.getErrorStream(), err);
        }

        /** Whether it did not end well; being told to end before it had started is well. */
        boolean hasFailed() {
            return !process.isAlive() && process.exitValue() != 0 && process.exitValue() != TERMINATED;
        }
    }

    private ServerFleet(Console console, TaskScopes tasks, Clock clock) {
        this.console = console;
        this.clock = clock;
        this.gate = new Gate(clock);
        this.watcher = tasks.open("servers of this machine");
    }

    /**
     * Serves until the process is told to stop, or none is left.
     *
     * @param drain what sessions get to go elsewhere
     * @throws UserException naming servers that did not end well
     */
    static void serve(Console console, FleetArguments arguments, Duration drain)
            throws IOException, InterruptedException {
        List<String> names =
                arguments.devices().stream().map(DeviceChoice::toString).toList();
        List<List<String>> commands = IntStream.range(0, names.size())
                .mapToObj(server -> Programs.corolla(List.of(), arguments.of(server)))
                .toList();
        try (Resources resources = new Resources()) {
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            Ending ending = resources.add(new Ending(environment.clock()));
            Duration patience = drain.plus(GRACE);
            ending.allow(patience);
            ServerFleet fleet =
                    resources.add(start(console, environment.tasks(), environment.clock(), names, commands));
            fleet.whenOver(ending::want);
            ending.await();
            fleet.terminate();
            if (!fleet.awaitEnd(patience)) {
                throw new UserException("servers did not end in " + patience.toSeconds() + " s and were killed");
            }
            if (!fleet.failures().isEmpty()) {
                throw new UserException("servers have failed: " + String.join(", ", fleet.failures()));
            }
        }
    }

    /**
     * Starts all.
     *
     * @param names for their lines, one a server
     * @param commands command lines of programs, one a server
     */
    static ServerFleet start(
            Console console, TaskScopes tasks, Clock clock, List<String> names, List<List<String>> commands)
            throws IOException {
        var fleet = new ServerFleet(console, tasks, clock);
        try {
            for (int i = 0; i < commands.size(); i++) {
                var builder = new ProcessBuilder(commands.get(i));
                builder.environment().put("COROLLA_TERMINAL", ""); // nobody watches a server alone
                String name = names.get(i);
                fleet.members.add(new Member(
                        name,
                        builder.start(),
                        fleet::said,
                        line -> console.err().println(name + ": " + line)));
            }
            fleet.watcher.run("watcher", fleet::watch);
            return fleet;
        } catch (IOException | RuntimeException failed) {
            fleet.close();
            throw failed;
        }
    }

    private boolean isOver() {
        return members.stream().allMatch(member -> member.isOver);
    }

    private void said(String line) {
        if (!line.equals(READY)) {
            console.line(line);
        } else if (++ready == members.size()) {
            console.line(READY);
        }
    }

    private void watch() throws IOException, InterruptedException {
        while (!isOver()) {
            for (Member member : members) {
                if (!member.isOver) {
                    look(member);
                }
            }
            clock.sleep(PERIOD);
        }
    }

    private void look(Member member) throws IOException {
        boolean isAlive = member.process.isAlive(); // before its last lines are read
        if (isAlive) {
            member.out.read();
            member.err.read();
            return;
        }
        member.out.end();
        member.err.end();
        if (member.hasFailed()) {
            console.err().println(member.name + ": ended with " + member.process.exitValue());
        }
        if (ready < members.size()) {
            terminate(); // what was asked for cannot be had
        }
        synchronised(() -> {
            member.isOver = true;
            gate.signalAll();
            if (isOver()) {
                whenOver.run();
            }
        });
    }

    private void synchronised(Runnable action) {
        gate.lock();
        try {
            action.run();
        } finally {
            gate.unlock();
        }
    }

    /** Runs {@code then} when no server is left; at once, when that is so already. */
    void whenOver(Runnable then) {
        synchronised(() -> {
            whenOver = then;
            if (isOver()) {
                then.run();
            }
        });
    }

    /** Tells all to end in order. Not by {@link Process#destroy}, which would also close what they have to say. */
    void terminate() {
        members.forEach(member -> member.process.toHandle().destroy());
    }

    /** Waits until none is left; false when that takes longer. */
    boolean awaitEnd(Duration time) throws InterruptedException {
        Deadline deadline = Deadline.after(clock, time);
        gate.lock();
        try {
            while (!isOver()) {
                if (!gate.await(deadline)) {
                    return false;
                }
            }
            return true;
        } finally {
            gate.unlock();
        }
    }

    /** Those that did not end well, in the order of the devices: {@code cuda:1 with 1}; not such as were told to end before they had started. */
    List<String> failures() {
        return members.stream()
                .filter(Member::hasFailed)
                .map(member -> member.name + " with " + member.process.exitValue())
                .toList();
    }

    @Override
    public void close() {
        members.forEach(member -> member.process.destroyForcibly());
        watcher.close();
    }
}
