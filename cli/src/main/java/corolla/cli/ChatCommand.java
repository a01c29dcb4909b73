package corolla.cli;

import corolla.cli.RunningModel.Conversation;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.GenerationResult;
import corolla.client.generation.SamplingOptions;
import corolla.model.tokenizer.ChatMessage;
import corolla.model.tokenizer.ChatTemplate;
import corolla.model.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla chat}. */
@Command(
        name = "chat",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Talk with a model, through a swarm.",
        description = {
            "",
            "Reads one message a line from standard input. /reset begins anew, /exit or Ctrl-D ends. Only what is new in the conversation"
                    + " is computed each time.",
            ""
        },
        footer = {"", "Example:", "  corolla chat smollm2-135m --initial-peers /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…"})
final class ChatCommand implements Callable<Integer> {
    private static final SamplingOptions USUAL = new SamplingOptions(0.6, 50, 0.9, 1.1, 0);

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
            names = "--system",
            paramLabel = "TEXT",
            description = "What the assistant is told before the conversation.")
    @Nullable
    String system;

    @Option(
            names = {"-n", "--max-new-tokens"},
            paramLabel = "N",
            defaultValue = "512",
            description = "How many tokens an answer has at most. Default: ${DEFAULT-VALUE}.")
    int maxNewTokens;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "2048",
            description =
                    "How many tokens the conversation has at most; servers reserve their caches for it. Default: ${DEFAULT-VALUE}.")
    int maxLength;

    @Mixin
    SamplingFlags sampling = new SamplingFlags();

    @Mixin
    SourceOptions source = new SourceOptions();

    @Mixin
    WeightsOption weights = new WeightsOption();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(local);
        try (RunningModel running = local
                ? RunningModel.local(console, source, model, weights.format(), compute, session.adapter())
                : RunningModel.remote(console, source, model, weights.type(), compute, swarm, session)) {
            Tokenizer tokenizer = running.requiredTokenizer();
            ChatTemplate template = GenerateCommand.template(running, tokenizer);
            int length = Math.min(maxLength, running.files().config().positionsMax());
            try (Conversation conversation = running.open(length)) {
                new Talk(console, running, tokenizer, template, conversation).run();
            }
        }
        return 0;
    }

    /** The conversation: messages so far, and which of their tokens the session has seen. */
    private final class Talk {
        private final Console console;
        private final RunningModel running;
        private final Tokenizer tokenizer;
        private final ChatTemplate template;
        private final Conversation conversation;
        private final List<ChatMessage> messages = new ArrayList<>();
        private int[] fed = new int[0];

        Talk(
                Console console,
                RunningModel running,
                Tokenizer tokenizer,
                ChatTemplate template,
                Conversation conversation) {
            this.console = console;
            this.running = running;
            this.tokenizer = tokenizer;
            this.template = template;
            this.conversation = conversation;
        }

        void run() throws IOException, InterruptedException {
            var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            reset();
            console.err().println(console.faint("One message a line; /reset begins anew, /exit ends."));
            while (true) {
                console.out().print(console.bold("> "));
                console.out().flush();
                String line = input.readLine();
                if (line == null || line.strip().equals("/exit")) {
                    return;
                }
                if (line.strip().equals("/reset")) {
                    reset();
                } else if (!line.isBlank()) {
                    answer(line);
                }
            }
        }

        private void reset() {
            messages.clear();
            if (system != null) {
                messages.add(new ChatMessage("system", system));
            }
        }

        private void answer(String line) throws IOException, InterruptedException {
            messages.add(new ChatMessage("user", line));
            int[] ids = tokenizer.encode(template.render(messages, true));
            int room = conversation.tokens().positionMax() - ids.length;
            if (room < 1) {
                console.err()
                        .println("The conversation is as long as it can be ("
                                + conversation.tokens().positionMax()
                                + " tokens): /reset begins anew, --max-length makes room.");
                messages.removeLast();
                return;
            }
            GenerationResult result = generate(ids, Math.min(room, maxNewTokens));
            messages.add(new ChatMessage("assistant", result.text()));
            console.out().println();
            console.err().println(console.faint(GenerateCommand.summary(result, conversation.route())));
        }

        private GenerationResult generate(int[] ids, int newTokensMax) throws IOException, InterruptedException {
            // At least the last token is fed anew: its logits are wanted.
            int known = Math.min(common(ids, fed), ids.length - 1);
            conversation.tokens().rollBack(known);
            SamplingOptions options = sampling.over(
                    USUAL, running.environment().randoms().stream("seed").nextLong());
            var request = new GenerationRequest(
                    Arrays.copyOfRange(ids, known, ids.length),
                    newTokensMax,
                    options,
                    running.endTokens(),
                    sampling.stops());
            GenerationResult result = new Generation(running.environment().clock(), GenerateCommand.STEP_TIME)
                    .run(
                            conversation.tokens(),
                            request,
                            new TokenizerDecoder(tokenizer.streamingDecoder()),
                            new GenerateCommand.Printing(console));
            fed = fed(ids, result.ids());
            return result;
        }

        /** What the session has seen: all but the last new token. */
        private int[] fed(int[] ids, int[] newIds) {
            int[] all = Arrays.copyOf(ids, conversation.tokens().position());
            System.arraycopy(newIds, 0, all, ids.length, all.length - ids.length);
            return all;
        }

        private static int common(int[] one, int[] other) {
            int mismatch = Arrays.mismatch(one, other);
            return mismatch < 0 ? one.length : mismatch;
        }
    }
}
