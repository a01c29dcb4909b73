package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.it.chaos.ChaosRun.Outcome;
import corolla.it.chaos.ChaosRun.Settings;
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

    @Option(names = "--seed", defaultValue = "1", description = "Of prompts and victims. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--limit-s",
            defaultValue = "300",
            description = "No further answer is begun after so many seconds of harm. Default: ${DEFAULT-VALUE}.")
    private long limitSeconds;

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
        var settings = new Settings(
                harm, answers, tokens, Duration.ofMillis(periodMillis), seed, Duration.ofSeconds(limitSeconds));
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Outcome outcome = run(real.environment(), folder, model, namespaces, settings);
            ChaosReport.lines(settings, outcome).forEach(System.out::println);
            return outcome.equal() == answers ? 0 : 1;
        }
    }

    /**
     * Starts a swarm and does it.
     *
     * @param folder for logs and keys
     * @param model folder, file or known name
     */
    static Outcome run(Environment environment, Path folder, String model, String namespaces, Settings settings)
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
            try (Swarm swarm = Swarm.start(
                            environment, folder, path.toString(), "chaos", namespaces, variables, spans(path));
                    ModelClient client = ModelClient.start(environment, path, "chaos", swarm.address())) {
                return new ChaosRun(environment, swarm, client, settings).run();
            }
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
