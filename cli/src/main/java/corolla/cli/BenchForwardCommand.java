package corolla.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.model.source.ModelParts;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench forward}. */
@Command(
        name = "forward",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Tokens a second of a batch through all blocks of a swarm.",
        description = {
            "",
            "Sends hidden states through all blocks, as training does, without embeddings and head: what the network and the servers cost.",
            ""
        })
final class BenchForwardCommand implements Callable<Integer> {
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
            names = "--batch",
            paramLabel = "N",
            defaultValue = "64",
            description = "Sequences. Default: ${DEFAULT-VALUE}.")
    int batch;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "128",
            description = "Tokens of each. Default: ${DEFAULT-VALUE}.")
    int length;

    @Option(
            names = "--repeat",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many times; the median counts. One sequence goes ahead. Default: ${DEFAULT-VALUE}.")
    int repeat;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(false);
        var initialPeers = swarm.required();
        if (batch < 1 || length < 1 || repeat < 1) {
            throw new UserException("--batch, --length and --repeat must be at least 1");
        }
        try (Resources resources = new Resources()) {
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            ModelFiles files = resources.add(ModelFiles.open(environment, console, model, ModelParts.none()));
            Node node = resources.add(Node.client(environment, initialPeers));
            RemoteModel remote = resources.add(RunningModel.connect(
                    environment, node, files.prefix(swarm.dhtPrefix()), files.config(), session.sessions()));
            print(console, run(environment, remote.adapted(session.adapter())));
        }
        return 0;
    }

    /** Seconds of each. */
    private double[] run(Environment environment, RemoteModel remote) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), TIME);
        forwardNanos(environment, remote, 1, deadline); // connections
        double[] seconds = new double[repeat];
        for (int i = 0; i < repeat; i++) {
            seconds[i] = forwardNanos(environment, remote, batch, deadline) / 1e9;
        }
        return seconds;
    }

    private long forwardNanos(Environment environment, RemoteModel remote, int sequences, Deadline deadline)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden = Tensor.allocate(
                    arena, DType.F32, sequences, length, remote.spec().hiddenSize());
            for (long i = 0; i < hidden.shape().elements(); i++) {
                hidden.setFloat(i, i % 7 * 0.1f);
            }
            long start = environment.clock().nanoTime();
            remote.forward(hidden, 0, remote.blockCount(), deadline);
            return environment.clock().nanoTime() - start;
        }
    }

    private void print(Console console, double[] seconds) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        double tokensPerSecond = (double) batch * length / median;
        if (json) {
            ObjectNode object = Json.object();
            object.put("tokens_per_s", tokensPerSecond);
            object.put("forward_s_p50", median);
            Json.print(console, object);
            return;
        }
        console.line(String.format(
                Locale.ROOT,
                "%.0f tokens/s (%d sequences of %d tokens in %.2f s, median of %d)",
                tokensPerSecond,
                batch,
                length,
                median,
                seconds.length));
    }
}
