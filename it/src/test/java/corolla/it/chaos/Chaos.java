package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.it.chaos.ChaosRun.Settings;
import corolla.it.chaos.ChaosRun.Victims;
import corolla.it.chaos.SwarmPlan.Kind;
import corolla.model.source.ModelParts;
import corolla.model.source.ModelSource;
import corolla.model.source.SourceConfig;
import corolla.model.source.SourceProgress;
import corolla.model.weights.Checkpoint;
import corolla.swarm.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tools/chaos.sh}. */
@Command(
        name = "chaos",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        header = "Harm the servers of a swarm of real processes while it answers, and tell what it costs.",
        description = {
            "",
            "Starts a bootstrap node and five servers, so that every block has two; lets the swarm generate some answers; and lets it"
                    + " generate the same again while a random server is harmed in each period. Greedy tokens must be equal.",
            ""
        })
public final class Chaos implements Callable<Integer> {
    private static final Duration FIND_TIME = Duration.ofMinutes(30);

    @Option(names = "--model", defaultValue = "smollm2-135m", description = "Default: ${DEFAULT-VALUE}.")
    private String model = "";

    @Option(
            names = "--harm",
            defaultValue = "KILL",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Harm harm = Harm.KILL;

    @Option(names = "--answers", defaultValue = "20", description = "Default: ${DEFAULT-VALUE}.")
    private int answers;

    @Option(names = "--tokens", defaultValue = "128", description = "Of each answer. Default: ${DEFAULT-VALUE}.")
    private int tokens;

    @Option(names = "--period-ms", defaultValue = "2000", description = "Default: ${DEFAULT-VALUE}.")
    private long periodMillis;

    @Option(names = "--in-use", description = "Harm only servers that the answer under way is using.")
    private boolean isOnlyInUse;

    @Option(names = "--seed", defaultValue = "1", description = "Of prompts and victims. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--answer-s",
            defaultValue = "300",
            description = "An answer is given up after so many seconds. Default: ${DEFAULT-VALUE}.")
    private long answerSeconds;

    @Option(
            names = "--limit-s",
            defaultValue = "300",
            description =
                    "After so many seconds of harm the answer under way is given up, and no other begun. Default: ${DEFAULT-VALUE}.")
    private long limitSeconds;

    @Option(
            names = "--stock",
            description = "Stock Petals instead: its servers, its client. The model is a folder then.")
    private boolean isStock;

    @Option(
            names = "--namespaces",
            defaultValue = "",
            description = "Network namespaces of the servers, without their numbers; made by tools/chaos.sh for CUT.")
    private String namespaces = "";

    private Chaos() {}

    /** Exit code 0 when all answers finished with equal tokens. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Chaos())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("corolla-chaos");
        System.err.println("logs and keys: " + folder);
        ClientLog.begin(folder.resolve("client.log"));
        var settings = new Settings(
                harm,
                answers,
                tokens,
                Duration.ofMillis(periodMillis),
                isOnlyInUse ? Victims.IN_USE : Victims.ALL,
                seed,
                Duration.ofSeconds(answerSeconds),
                Duration.ofSeconds(limitSeconds));
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Environment environment = real.environment();
            var progress = new Progress(environment.clock(), settings);
            // Who stops it early still learns what has come of it, and leaves no processes behind.
            Thread end = Thread.ofPlatform().unstarted(() -> {
                tell(settings, progress);
                ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            });
            Runtime.getRuntime().addShutdownHook(end);
            run(environment, folder, model, kind(), namespaces, settings, progress);
            Runtime.getRuntime().removeShutdownHook(end);
            tell(settings, progress);
            return progress.outcome().equal() == answers ? 0 : 1;
        }
    }

    private Kind kind() {
        if (isStock && harm.isOfAnswers()) {
            throw new IllegalArgumentException("stock servers cannot be told to answer wrongly");
        }
        return isStock ? Kind.STOCK : harm.isOfAnswers() ? Kind.OURS_SPOILED : Kind.OURS;
    }

    private static void tell(Settings settings, Progress progress) {
        ChaosReport.lines(settings, progress.outcome()).forEach(System.out::println);
    }

    /**
     * Starts a swarm and does it.
     *
     * @param folder for logs and keys
     * @param model folder, file or known name
     * @param progress what comes of it
     */
    static void run(
            Environment environment,
            Path folder,
            String model,
            Kind kind,
            String namespaces,
            Settings settings,
            Progress progress)
            throws IOException, InterruptedException {
        try (var source = new ModelSource(environment, SourceConfig.fromEnvironment(System.getenv()))) {
            Path path = source.resolve(
                            model,
                            ModelParts.all(),
                            SourceProgress.SILENT,
                            Deadline.after(environment.clock(), FIND_TIME))
                    .path();
            // Compiled code is the same in all of them; more than one collector thread would take the servers' cores.
            var variables = Map.of("COROLLA_JAVA_OPTIONS", "-Xmx256m");
            var plan = new SwarmPlan(kind, folder, path.toString(), "chaos", "", namespaces, variables);
            try (Swarm swarm = Swarm.start(environment, plan, spans(path));
                    AnswerClient client = client(environment, path, plan, swarm)) {
                new ChaosRun(environment, swarm, client, settings, progress).run();
            }
        }
    }

    private static AnswerClient client(Environment environment, Path model, SwarmPlan plan, Swarm swarm)
            throws IOException, InterruptedException {
        if (plan.kind() != Kind.STOCK) {
            return ModelClient.start(environment, model, plan.prefix(), swarm.address());
        }
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            return new StockClient(
                    environment,
                    model,
                    plan.prefix(),
                    swarm.address().toString(),
                    checkpoint.config().blockCount(),
                    checkpoint.config().vocabularySize(),
                    plan.folder().resolve("stock-client.log"));
        }
    }

    /** Two that share the blocks, and three more that share them again. */
    private static List<Span> spans(Path model) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            int blocks = checkpoint.config().blockCount();
            var spans = new ArrayList<Span>();
            for (int parts : new int[] {2, 3}) {
                for (int i = 0; i < parts; i++) {
                    spans.add(new Span(i * blocks / parts, (i + 1) * blocks / parts));
                }
            }
            return spans;
        }
    }
}
