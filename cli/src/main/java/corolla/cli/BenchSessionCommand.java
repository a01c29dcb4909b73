package corolla.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.routing.Hop;
import corolla.model.source.ModelParts;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
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
        try (Resources resources = new Resources()) {
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            ModelFiles files = resources.add(ModelFiles.open(environment, console, model, ModelParts.none()));
            Node node = resources.add(Node.client(environment, initialPeers));
            RemoteModel remote = resources.add(RunningModel.connect(
                    environment, node, files.prefix(swarm.dhtPrefix()), files.config(), session.sessions()));
            Deadline deadline = Deadline.after(environment.clock(), TIME);
            try (RemoteSession open = remote.open(1, maxLength, deadline)) {
                long[] nanos = run(environment, open, files.config().hiddenSize(), deadline);
                print(console, open, nanos, cpuNanos);
            }
        }
        return 0;
    }

    /** Processor time of this process while steps were measured. */
    private long cpuNanos;

    private static long processCpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }

    private long[] run(Environment environment, RemoteSession session, int hiddenSize, Deadline deadline)
            throws IOException, InterruptedException {
        long[] nanos = new long[steps];
        try (Arena arena = Arena.ofConfined()) {
            Tensor hidden = Tensor.allocate(arena, DType.F32, 1, 1, hiddenSize);
            long cpuBefore = 0;
            for (int i = -warmUp; i < steps; i++) {
                if (i == 0) {
                    cpuBefore = processCpuNanos();
                }
                if (session.position() == maxLength) {
                    session.truncate(0);
                }
                for (int k = 0; k < hiddenSize; k++) {
                    hidden.setFloat(k, (i + k) % 7 * 0.1f);
                }
                long start = environment.clock().nanoTime();
                session.step(hidden, deadline);
                if (i >= 0) {
                    nanos[i] = environment.clock().nanoTime() - start;
                }
            }
            cpuNanos = processCpuNanos() - cpuBefore;
        }
        return nanos;
    }

    private void print(Console console, RemoteSession session, long[] nanos, long cpu) {
        double seconds = java.util.Arrays.stream(nanos).sum() / 1e9;
        long[] sorted = nanos.clone();
        java.util.Arrays.sort(sorted);
        double median = sorted[sorted.length / 2] / 1e3;
        double late = sorted[(int) (sorted.length * 0.99)] / 1e3;
        String route = session.route().stream().map(Hop::toString).collect(Collectors.joining(" → "));
        if (json) {
            ObjectNode object = Json.object();
            object.put("steps_per_s", steps / seconds);
            object.put("step_us_p50", median);
            object.put("step_us_p99", late);
            object.put("client_cpu_us", cpu / 1e3 / steps);
            object.put("servers", session.route().size());
            Json.print(console, object);
            return;
        }
        console.line(String.format(
                Locale.ROOT,
                "%.0f steps/s (median %.0f µs, 99 %% below %.0f µs; %.0f µs of processor time here) through %s",
                steps / seconds,
                median,
                late,
                cpu / 1e3 / steps,
                route));
    }
}
