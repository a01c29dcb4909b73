package corolla.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.base.time.Deadline;
import corolla.model.Verification;
import corolla.model.VerificationReport;
import corolla.model.VerificationReport.Check;
import corolla.tensor.DType;
import corolla.tensor.quant.OutlierShare;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code corolla verify}. */
@Command(
        name = "verify",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Compare what this machine, or a swarm, computes with a reference.",
        description = {
            "",
            "MODEL_DIR holds a model and expected.safetensors: what the reference implementation computed for some tokens, block by block."
                    + " Prints the largest error of each block and of the logits, and whether greedy tokens are equal. Exit code 1 beyond the"
                    + " tolerance.",
            "",
            "Without --initial-peers the model runs in this process: so a build is checked on new hardware.",
            ""
        })
final class VerifyCommand implements Callable<Integer> {
    private static final Duration TIME = Duration.ofMinutes(30);

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "Folder with a model and expected.safetensors.")
    Path folder = Path.of("");

    @Mixin
    SwarmOptions swarm = new SwarmOptions();

    @Mixin
    SessionOptions session = new SessionOptions();

    @Mixin
    WeightsOption weights = new WeightsOption();

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(corolla).console();
        common.startLogging(console, Logs.Volume.QUIET);
        session.checkFor(!swarm.isGiven());
        Path reference = session.adapter().isEmpty() ? folder : Path.of(session.adapter());
        Path expected = reference.resolve("expected.safetensors");
        if (!Files.isReadable(expected)) {
            throw new UserException("there is no " + expected
                    + ": it holds what a reference implementation computed (input_ids, embedded, block.N, logits,"
                    + " greedy), see docs/verify.md");
        }
        try (RunningModel running = swarm.isGiven()
                ? RunningModel.remote(
                        console, new SourceOptions(), folder.toString(), weights.type(), compute, swarm, session)
                : RunningModel.local(
                        console,
                        new SourceOptions(),
                        folder.toString(),
                        weights.format(),
                        compute,
                        session.adapter())) {
            DType type = weights.format()
                    .quantisation()
                    .dtype()
                    .orElse(weights.type().of(running.files().config().storedType()));
            VerificationReport report = Verification.run(
                    expected,
                    running.ends(),
                    running.blocks(),
                    type,
                    running.environment().team(),
                    Deadline.after(running.environment().clock(), TIME));
            print(console, report, running.ends().kernels().outliers());
            return report.passed() ? 0 : 1;
        }
    }

    private void print(Console console, VerificationReport report, OutlierShare outliers) {
        if (json) {
            Json.print(console, json(report).put("outlier_share", outliers.share()));
            return;
        }
        var table = new Table("tensor", "largest error", "tolerance", "");
        for (Check check : report.checks()) {
            table.row(
                    check.name(),
                    String.format(Locale.ROOT, "%.3g", check.errorMax()),
                    String.format(Locale.ROOT, "%.3g", check.tolerance()),
                    check.passed() ? "ok" : "TOO LARGE");
        }
        table.lines().forEach(console::line);
        console.line(
                "greedy tokens: " + (report.greedyEqual() ? "all " + report.greedyCompared() + " equal" : "DIFFERENT"));
        if (outliers.features() > 0) {
            console.line("outlier features: " + BenchPerplexityCommand.outliers(outliers));
        }
        console.line(report.passed() ? "passed" : "FAILED");
    }

    private static ObjectNode json(VerificationReport report) {
        ObjectNode json = Json.object();
        json.put("passed", report.passed());
        json.put("greedy_equal", report.greedyEqual());
        json.put("greedy_compared", report.greedyCompared());
        ArrayNode checks = json.putArray("checks");
        for (Check check : report.checks()) {
            checks.addObject()
                    .put("name", check.name())
                    .put("error_max", check.errorMax())
                    .put("tolerance", check.tolerance())
                    .put("passed", check.passed());
        }
        return json;
    }
}
