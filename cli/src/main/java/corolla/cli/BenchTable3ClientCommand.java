package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.cli.synthetic.Inputs;
import corolla.cli.table3.Cell;
import corolla.cli.table3.ClientsRun;
import corolla.cli.table3.ProcessSwarm;
import corolla.cli.table3.ProcessSwarm.Measured;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.model.source.ModelParts;
import corolla.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code corolla bench table3-client}: the client of {@code corolla bench table3}, in a network namespace of its own. Each line of its input is a
 * {@link Cell}, or {@link ProcessSwarm#SESSIONS} and a number, and seconds; to each it answers {@code result PER_SECOND COUNT} or {@code failed WHY}. Ends with its input.
 */
@Command(
        name = "table3-client",
        hidden = true,
        usageHelpAutoWidth = true,
        header = "The client of 'corolla bench table3', which starts it.")
final class BenchTable3ClientCommand implements Callable<Integer> {
    private static final Duration TIME = Duration.ofMinutes(15);

    /** Tokens of a message while a session is filled. */
    private static final int CHUNK = 256;

    /** Steps before a server is asked to hand on, and what they leave behind. */
    private static final int FIRST_STEPS = 4;

    private static final int STEPS_MIN = 4;

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder of the checkpoint.")
    String model = "";

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @Mixin
    SessionOptions session = new SessionOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(false);
        try (Resources resources = new Resources()) {
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            ModelFiles files = resources.add(ModelFiles.open(environment, console, model, ModelParts.none()));
            Node node = resources.add(Node.client(environment, swarm.required()));
            RemoteModel remote = resources.add(RunningModel.connect(
                    environment, node, files.prefix(swarm.dhtPrefix()), files.config(), session.sessions()));
            console.line("ready");
            answer(console, environment, remote);
        }
        return 0;
    }

    private static void answer(Console console, Environment environment, RemoteModel remote)
            throws IOException, InterruptedException {
        var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ", 2);
            Duration time = Sizes.ofSeconds(Double.parseDouble(words[1]));
            try {
                Measured measured = words[0].startsWith(ProcessSwarm.SESSIONS)
                        ? sessions(environment, remote, words[0].substring(ProcessSwarm.SESSIONS.length()), time)
                        : measure(environment, remote, Cell.valueOf(words[0]), time);
                console.line(String.format(Locale.ROOT, "result %.6f %d", measured.perSecond(), measured.count()));
            } catch (IOException | RuntimeException e) { // the one catch place of a request
                console.line("failed " + Errors.line(e));
            }
        }
    }

    /** Sessions of at most {@link ClientsRun#SESSION_TOKENS} tokens, all at a time. */
    private static Measured sessions(Environment environment, RemoteModel remote, String count, Duration time)
            throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), TIME);
        try (SessionCrew crew =
                SessionCrew.open(environment, remote, Integer.parseInt(count), ClientsRun.SESSION_TOKENS, deadline)) {
            crew.run(FIRST_STEPS);
            long start = environment.clock().nanoTime();
            long steps = crew.runFor(time);
            long nanos = environment.clock().nanoTime() - start;
            return new Measured(steps * 1e9 / nanos, Math.toIntExact(steps));
        }
    }

    private static Measured measure(Environment environment, RemoteModel remote, Cell cell, Duration time)
            throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), TIME);
        return switch (cell.kind()) {
            case STEPS -> steps(environment, remote, cell, time, deadline);
            case FORWARD -> forwards(environment, remote, cell, time, deadline);
        };
    }

    /** One token a step, at the sequence's last positions; full, it goes back to the first of these. */
    private static Measured steps(
            Environment environment, RemoteModel remote, Cell cell, Duration time, Deadline deadline)
            throws IOException, InterruptedException {
        int before = cell.length() - cell.lastPositions();
        try (Arena arena = Arena.ofShared();
                RemoteSession open = remote.open(1, cell.length(), deadline)) {
            for (int at = 0; at < before; at += CHUNK) {
                open.step(hidden(arena, remote, 1, Math.min(CHUNK, before - at)), deadline);
            }
            Tensor hidden = hidden(arena, remote, 1, 1);
            Deadline end = Deadline.after(environment.clock(), time);
            long nanos = 0;
            int count = -FIRST_STEPS;
            while (count < STEPS_MIN || !end.isOver(environment.clock())) {
                if (open.position() == cell.length()) {
                    open.truncate(before);
                }
                Inputs.fill(hidden);
                long start = environment.clock().nanoTime();
                open.step(hidden, deadline);
                nanos += count < 0 ? 0 : environment.clock().nanoTime() - start;
                count++;
            }
            return new Measured(count * 1e9 / nanos, count);
        }
    }

    private static Measured forwards(
            Environment environment, RemoteModel remote, Cell cell, Duration time, Deadline deadline)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden = hidden(arena, remote, cell.batch(), cell.length());
            Deadline end = Deadline.after(environment.clock(), time);
            long nanos = 0;
            int count = 0;
            do {
                Inputs.fill(hidden);
                long start = environment.clock().nanoTime();
                remote.forward(hidden, 0, remote.blockCount(), deadline);
                nanos += environment.clock().nanoTime() - start;
                count++;
            } while (!end.isOver(environment.clock()));
            return new Measured((double) count * cell.tokens() * 1e9 / nanos, count);
        }
    }

    private static Tensor hidden(Arena arena, RemoteModel remote, int batch, int tokens) {
        return Inputs.allocate(arena, batch, tokens, remote.spec().hiddenSize());
    }
}
