package corolla.cli;

import corolla.base.RealEnvironment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.cli.ServerControl.ControlFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What {@code corolla pause} and {@code corolla resume} have in common. */
abstract class ControlCommand implements Callable<Integer> {
    private static final Duration PERIOD = Duration.ofMillis(200);

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "PID",
            description = "Process of the server. Default: the only one of this user.")
    @Nullable
    Long pid;

    @Mixin
    SourceOptions source = new SourceOptions();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "How long to wait until it is so. Default: ${DEFAULT-VALUE}.")
    long timeoutSeconds;

    private final String wish;
    private final String reached;

    /** @param reached what every line of the server's state says then */
    ControlCommand(String wish, String reached) {
        this.wish = wish;
        this.reached = reached;
    }

    /** {@code corolla pause}. */
    @Command(
            name = "pause",
            sortOptions = false,
            usageHelpAutoWidth = true,
            header = "Take a server of this machine out of its swarm for a while.",
            description = {
                "",
                "Its sessions are told to go elsewhere and get --drain-timeout of the server to do so; its blocks stay in memory.",
                "Waits until it is so.",
                ""
            })
    static final class Pause extends ControlCommand {
        Pause() {
            super("pause", "paused");
        }
    }

    /** {@code corolla resume}. */
    @Command(
            name = "resume",
            sortOptions = false,
            usageHelpAutoWidth = true,
            header = "Let a paused server of this machine serve again.")
    static final class Resume extends ControlCommand {
        Resume() {
            super("resume", "serving");
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        Path cache = source.config().cache();
        var files = ControlFiles.in(
                cache, pid == null ? only(ControlFiles.in(cache, 0).folder()) : pid);
        if (!Files.exists(files.state())) {
            throw new UserException("no server of this user runs as process " + files.pid());
        }
        files.write(files.wish(), wish);
        try (RealEnvironment real = RealEnvironment.create(1)) {
            console.line(await(files, real.environment().clock()));
        }
        return 0;
    }

    private String await(ControlFiles files, Clock clock) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, Duration.ofSeconds(timeoutSeconds));
        while (true) {
            String state =
                    ControlFiles.read(files.state()).orElseThrow(() -> new UserException("the server has ended"));
            if (state.lines().allMatch(line -> line.contains(" " + reached + " "))) {
                return state;
            }
            if (deadline.isOver(clock)) {
                throw new UserException(
                        "after " + timeoutSeconds + " s the server is not yet " + reached + ":\n" + state);
            }
            clock.sleep(PERIOD);
        }
    }

    private static long only(Path folder) throws IOException {
        List<Long> running = Files.isDirectory(folder) ? running(folder) : List.of();
        if (running.size() == 1) {
            return running.getFirst();
        }
        throw new UserException(
                running.isEmpty()
                        ? "no server of this user runs on this machine"
                        : "several servers run, give the process of one: " + running);
    }

    private static List<Long> running(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9]{1,18}\\.state"))
                    .map(name -> Long.parseLong(name.substring(0, name.indexOf('.'))))
                    .filter(process -> ProcessHandle.of(process).isPresent())
                    .sorted()
                    .toList();
        }
    }
}
