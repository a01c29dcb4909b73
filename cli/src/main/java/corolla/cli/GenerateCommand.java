package corolla.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.cli.RunningModel.Conversation;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.GenerationResult;
import corolla.client.generation.SamplingOptions;
import corolla.client.routing.Hop;
import corolla.model.tokenizer.ChatMessage;
import corolla.model.tokenizer.ChatTemplate;
import corolla.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla generate}. */
@Command(
        name = "generate",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Continue a text, through a swarm.",
        description = {
            "",
            "The answer streams to standard output; it is greedy (always the likeliest token) unless --temperature says otherwise.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  corolla generate smollm2-135m --initial-peers /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo… --prompt \"The capital of France is\""
        })
final class GenerateCommand implements Callable<Integer> {
    static final Duration STEP_TIME = Duration.ofMinutes(5);

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL", description = "Folder, GGUF file, Hugging Face id or known name.")
    String model = "";

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @Mixin
    SessionOptions session = new SessionOptions();

    @Option(names = "--local", description = "Run the whole model in this process instead, without a swarm.")
    boolean local;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "What to continue.")
    @Nullable
    String prompt;

    @Option(
            names = "--input-ids",
            paramLabel = "ID",
            split = ",",
            description = "What to continue, as token ids: 3,4,5. For models without a tokenizer.")
    int @Nullable [] inputIds;

    @Option(
            names = "--chat",
            description = "The prompt is a question to an assistant: write it as the model's chat template wants.")
    boolean chat;

    @Option(
            names = {"-n", "--max-new-tokens"},
            paramLabel = "N",
            defaultValue = "64",
            description = "How many tokens at most. Default: ${DEFAULT-VALUE}.")
    int maxNewTokens;

    @Mixin
    SamplingFlags sampling = new SamplingFlags();

    @Option(names = "--ignore-eos", description = "Go on after the model's end token.")
    boolean ignoreEos;

    @Mixin
    SourceOptions source = new SourceOptions();

    @Mixin
    WeightsOption weights = new WeightsOption();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Option(
            names = "--json",
            description =
                    "Print one JSON object: input_ids, output_ids (the new ones), text, tokens_per_s, time_to_first_token_s, route.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        checkFlags();
        try (RunningModel running = local
                ? RunningModel.local(console, source, model, weights.format(), compute, session.adapter())
                : RunningModel.remote(console, source, model, weights.type(), compute, swarm, session)) {
            generate(console, running);
        }
        return 0;
    }

    private void checkFlags() {
        if ((prompt == null) == (inputIds == null)) {
            throw new UserException("give what to continue: either --prompt TEXT or --input-ids 3,4,5");
        }
        if (maxNewTokens < 1) {
            throw new UserException("--max-new-tokens " + maxNewTokens + " is not at least 1");
        }
        session.checkFor(local);
        if (local && swarm.isGiven()) {
            throw new UserException("--local and --initial-peers both say where to run: give one of them");
        }
    }

    private void generate(Console console, RunningModel running) throws IOException, InterruptedException {
        int[] ids = ids(running);
        SamplingOptions options = sampling.over(
                SamplingOptions.greedy(),
                running.environment().randoms().stream("seed").nextLong());
        var request = new GenerationRequest(
                ids, maxNewTokens, options, ignoreEos ? Set.of() : running.endTokens(), sampling.stops());
        try (Conversation conversation = running.open(ids.length + maxNewTokens)) {
            GenerationResult result = new Generation(running.environment().clock(), STEP_TIME)
                    .run(
                            conversation.tokens(),
                            request,
                            TokenizerDecoder.of(running.tokenizer()),
                            listener(console, running.tokenizer().isPresent()));
            if (json) {
                Json.print(console, json(ids, result, conversation.route()));
            } else {
                console.out().println();
                console.err().println(summary(result, conversation.route()));
            }
        }
    }

    private int[] ids(RunningModel running) throws IOException {
        if (inputIds != null) {
            return inputIds;
        }
        return promptIds(running, Objects.requireNonNull(prompt), chat);
    }

    /** The ids of a text to continue, or of a question to an assistant. */
    static int[] promptIds(RunningModel running, String text, boolean isQuestion) throws IOException {
        Tokenizer tokenizer = running.requiredTokenizer();
        int[] ids = isQuestion
                ? tokenizer.encode(template(running, tokenizer).render(List.of(new ChatMessage("user", text)), true))
                : tokenizer.encodeWithSpecialTokens(text);
        if (ids.length == 0) {
            throw new UserException("the prompt is empty");
        }
        return ids;
    }

    static ChatTemplate template(RunningModel running, Tokenizer tokenizer) {
        return tokenizer
                .chatTemplate()
                .orElseThrow(
                        () -> new UserException(
                                running.files().found().name()
                                        + " has no chat template: it was made to continue texts; use 'corolla generate' without --chat"));
    }

    private GenerationListener listener(Console console, boolean hasText) {
        if (json) {
            return GenerationListener.silent();
        }
        return hasText ? new Printing(console) : ids(console);
    }

    private static GenerationListener ids(Console console) {
        return (id, piece) -> {
            console.out().print(id + " ");
            console.out().flush();
            return true;
        };
    }

    /** Prints pieces as they come. */
    record Printing(Console console) implements GenerationListener {
        @Override
        public boolean token(int id, String piece) {
            console.out().print(piece);
            console.out().flush();
            return true;
        }

        @Override
        public void end(String piece) {
            console.out().print(piece);
            console.out().flush();
        }
    }

    static String summary(GenerationResult result, List<Hop> route) {
        String way = route.isEmpty()
                ? "in this process"
                : "through " + route.stream().map(Hop::toString).collect(Collectors.joining(" → "));
        return String.format(
                Locale.ROOT,
                "%d tokens, %.1f tokens/s, first after %s, %s",
                result.ids().length,
                result.tokensPerSecond(),
                Sizes.seconds(result.timeToFirstToken()),
                way);
    }

    private static ObjectNode json(int[] ids, GenerationResult result, List<Hop> route) {
        ObjectNode json = Json.object();
        json.set("input_ids", Json.numbers(ids));
        json.set("output_ids", Json.numbers(result.ids()));
        json.put("text", result.text());
        json.put("tokens_per_s", result.tokensPerSecond());
        json.put("time_to_first_token_s", result.timeToFirstToken().toNanos() / 1e9);
        ArrayNode hops = json.putArray("route");
        for (Hop hop : route) {
            hops.addObject()
                    .put("peer", hop.peer().toBase58())
                    .put("start", hop.span().start())
                    .put("end", hop.span().end());
        }
        return json;
    }
}
