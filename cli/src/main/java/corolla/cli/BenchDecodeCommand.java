package corolla.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.Environment;
import corolla.cli.RunningModel.Conversation;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.GenerationResult;
import corolla.client.generation.TextDecoder;
import corolla.model.LocalModel;
import corolla.model.weights.TensorInfo;
import corolla.tensor.DType;
import corolla.tensor.ReadBandwidth;
import corolla.tensor.quant.OutlierShare;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench decode}. */
@Command(
        name = "decode",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Tokens a second of a model in this process, and how near that is to what memory allows.",
        description = {
            "",
            "Each new token reads all weights once; so tokens/s times bytes of weights is a bandwidth, which no program can make larger than"
                    + " that of the memory. Both are measured in this run.",
            ""
        })
final class BenchDecodeCommand implements Callable<Integer> {

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Option(
            names = {"-n", "--max-new-tokens"},
            paramLabel = "N",
            defaultValue = "128",
            description = "How many tokens are measured. Default: ${DEFAULT-VALUE}.")
    int tokens;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "16",
            description = "Tokens before them. Default: ${DEFAULT-VALUE}.")
    int promptTokens;

    @Option(
            names = "--repeat",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs, of which the fastest counts. Default: ${DEFAULT-VALUE}.")
    int repeat;

    @Mixin
    WeightsOption weights = new WeightsOption();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        if (tokens < 2 || promptTokens < 1 || repeat < 1) {
            throw new UserException("--max-new-tokens must be at least 2, --prompt-tokens and --repeat at least 1");
        }
        try (RunningModel running =
                RunningModel.local(console, new SourceOptions(), model, weights.format(), compute, "")) {
            double best = 0;
            double bestPrompt = 0;
            for (int i = 0; i <= repeat; i++) { // the first warms up
                GenerationResult result = run(running);
                best = Math.max(best, result.tokensPerSecond());
                bestPrompt = Math.max(
                        bestPrompt, promptTokens / (result.timeToFirstToken().toNanos() / 1e9));
            }
            print(console, running, best, bestPrompt);
        }
        return 0;
    }

    private GenerationResult run(RunningModel running) throws IOException, InterruptedException {
        int vocabulary = running.files().config().vocabularySize();
        int[] prompt = new int[promptTokens];
        for (int i = 0; i < promptTokens; i++) {
            prompt[i] = (17 * i + 3) % vocabulary;
        }
        try (Conversation conversation = running.open(promptTokens + tokens)) {
            return new Generation(running.environment().clock(), GenerateCommand.STEP_TIME)
                    .run(
                            conversation.tokens(),
                            GenerationRequest.greedy(prompt, tokens),
                            TextDecoder.none(),
                            GenerationListener.silent());
        }
    }

    private void print(Console console, RunningModel running, double tokensPerSecond, double promptTokensPerSecond)
            throws IOException, InterruptedException {
        long weightBytes = bytesPerToken(running);
        double bandwidth = tokensPerSecond * weightBytes;
        Environment environment = running.environment();
        double memory = ReadBandwidth.bytesPerSecond(running.ends().kernels(), environment.team(), environment.clock());
        OutlierShare outliers = running.ends().kernels().outliers();
        if (json) {
            ObjectNode object = Json.object();
            object.put("tokens_per_s", tokensPerSecond);
            object.put("prompt_tokens_per_s", promptTokensPerSecond);
            object.put("weight_bytes", weightBytes);
            object.put("weight_bytes_per_s", bandwidth);
            object.put("read_bytes_per_s", memory);
            object.put("share_of_read_bandwidth", bandwidth / memory);
            object.put("outlier_share", outliers.share());
            Json.print(console, object);
            return;
        }
        console.line(String.format(
                Locale.ROOT, "decode   %.1f tokens/s (prompt %.0f tokens/s)", tokensPerSecond, promptTokensPerSecond));
        console.line(String.format(
                Locale.ROOT, "weights  %s a token, %.1f GB/s", Sizes.bytes(weightBytes), bandwidth / 1e9));
        console.line(String.format(
                Locale.ROOT,
                "memory   %.1f GB/s read bandwidth of this machine: decode uses %.0f %% of it",
                memory / 1e9,
                100 * bandwidth / memory));
        if (outliers.features() > 0) {
            console.line("int8     outlier features: " + BenchPerplexityCommand.outliers(outliers));
        }
    }

    /** Bytes of blocks and head: what one token reads. */
    private long bytesPerToken(RunningModel running) throws IOException {
        long blocks =
                running.blocks() instanceof LocalModel local ? local.blocks().weightBytes() : 0;
        long head = 0;
        for (TensorInfo tensor : running.files().tensors()) {
            boolean isHead = tensor.name().equals("lm_head.weight");
            boolean isTiedHead = tensor.name().equals("model.embed_tokens.weight")
                    && running.files().config().headTied();
            if (isHead || isTiedHead) {
                DType kept = weights.type().of(tensor.dtype());
                head = kept.bytes(tensor.shape().elements());
            }
        }
        return blocks + head;
    }
}
