package corolla.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.client.routing.Hop;
import corolla.model.source.ModelParts;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench session}. */
@Command(
        name = "session",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Steps a second of an inference session in a swarm.",
        description = {
            "",
            "Sends hidden states of one token through all blocks, without embeddings and head: what the network and the servers cost.",
            ""
        })
final class BenchSessionCommand implements Callable<Integer> {
    private static final Duration TIME = Duration.ofMinutes(10);
    private static final int CLIENTS_MAX = 256;

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @Mixin
    SessionOptions session = new SessionOptions();

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "2000",
            description = "How many steps are measured. Default: ${DEFAULT-VALUE}.")
    int steps;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Steps before that. Default: ${DEFAULT-VALUE}.")
    int warmUp;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "Tokens of a session; it goes back to the beginning when it is full. Default: ${DEFAULT-VALUE}.")
    int maxLength;

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many sessions at a time, each with steps of its own. Default: ${DEFAULT-VALUE}.")
    int clients;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(false);
        var initialPeers = swarm.required();
        if (steps < 1 || warmUp < 0 || maxLength < 1) {
            throw new UserException("--steps and --max-length must be at least 1, --warm-up at least 0");
        }
        if (clients < 1 || clients > CLIENTS_MAX) {
            throw new UserException("--clients " + clients + " is not within 1 to " + CLIENTS_MAX);
        }
        try (Resources resources = new Resources()) {
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            ModelFiles files = resources.add(ModelFiles.open(environment, console, model, ModelParts.none()));
            Node node = resources.add(Node.client(environment, initialPeers));
            RemoteModel remote = resources.add(RunningModel.connect(
                    environment, node, files.prefix(swarm.dhtPrefix()), files.config(), session.sessions()));
            print(console, run(environment, remote));
        }
        return 0;
    }

    /**
     * What was measured.
     *
     * @param nanos of each step of each session
     * @param wallNanos from the first measured step's begin to the last one's end
     * @param cpuNanos processor time of this process meanwhile
     * @param route of the first session
     */
    private record Measured(List<long[]> nanos, long wallNanos, long cpuNanos, List<Hop> route) {}

    private static long processCpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }

    /** All sessions warm up, then all begin together. */
    private Measured run(Environment environment, RemoteModel remote) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), TIME);
        try (SessionCrew crew = SessionCrew.open(environment, remote, clients, maxLength, deadline)) {
            crew.run(warmUp);
            long cpuBefore = processCpuNanos();
            long start = environment.clock().nanoTime();
            List<long[]> nanos = crew.run(steps);
            long wall = environment.clock().nanoTime() - start;
            return new Measured(nanos, wall, processCpuNanos() - cpuBefore, crew.route());
        }
    }

    private void print(Console console, Measured measured) {
        long all = (long) clients * steps;
        double perSecond = all / (measured.wallNanos / 1e9);
        long[] sorted =
                measured.nanos.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        double median = sorted[sorted.length / 2] / 1e3;
        double late = sorted[(int) (sorted.length * 0.99)] / 1e3;
        double cpuMicros = measured.cpuNanos / 1e3 / all;
        if (json) {
            ObjectNode object = Json.object();
            object.put("clients", clients);
            object.put("steps_per_s", perSecond);
            object.put("step_us_p50", median);
            object.put("step_us_p99", late);
            object.put("client_cpu_us", cpuMicros);
            object.put("servers", measured.route.size());
            Json.print(console, object);
            return;
        }
        console.line(String.format(
                Locale.ROOT,
                "%s%.0f steps/s (median %.0f µs, 99 %% below %.0f µs; %.0f µs of processor time here) through %s",
                clients == 1 ? "" : clients + " sessions: ",
                perSecond,
                median,
                late,
                cpuMicros,
                measured.route.stream().map(Hop::toString).collect(Collectors.joining(" → "))));
    }
}
