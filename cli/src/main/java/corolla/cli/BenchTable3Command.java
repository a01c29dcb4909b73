package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.cli.synthetic.Weights;
import corolla.cli.table3.Plot;
import corolla.cli.table3.Report;
import corolla.cli.table3.Table3Options;
import corolla.cli.table3.Table3Run;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench table3}. */
@Command(
        name = "table3",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Table 3 of the Petals paper, measured here: swarms on slow networks, and offloading.",
        description = {
            "",
            "Steps a second of one sequence at lengths 128 and 2048, and tokens a second of forwards of 1 and 64 sequences of 128, through"
                    + " servers that are processes of their own, on links of 1 Gbit/s, 100 Mbit/s, and 100 Mbit/s with 100 ms there and back; and the"
                    + " same blocks in one process, whose weights come from slower memory each time. Weights are random: nothing is fetched.",
            "",
            "Slow links are network namespaces: Linux, root, ip and tc. Without them one row on this machine's loopback is left.",
            ""
        },
        footer = {"", "Example:", "  sudo ./corolla bench table3 --shape llama-1b --out table3.md"})
final class BenchTable3Command implements Callable<Integer> {
    private static final Duration CLEAN_UP_TIME = Duration.ofSeconds(60);

    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    ShapeOptions shape = new ShapeOptions();

    @Option(names = "--blocks", paramLabel = "N", description = "How many blocks. Default: as many as the model has.")
    @Nullable
    Integer blocks;

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description = "How servers keep them: bf16, int8, nf4, or auto, which is bf16. Default: ${DEFAULT-VALUE}.")
    Weights weights = Weights.AUTO;

    @Option(
            names = "--servers",
            paramLabel = "N",
            split = ",",
            defaultValue = "3,12",
            description = "How many servers share the blocks, one swarm after another. Default: ${DEFAULT-VALUE}.")
    List<Integer> servers = List.of();

    @Option(
            names = "--device",
            paramLabel = "auto|cpu|cuda:N",
            defaultValue = "auto",
            description =
                    "What computes, as for other commands. Servers take several (cuda:0,cuda:1) in turn. Default: ${DEFAULT-VALUE}.")
    String devices = "auto";

    @Option(
            names = ComputeOptions.FAST_PRODUCTS,
            description = "On GPUs: products of bf16 numbers, as for other commands.")
    boolean fastProducts;

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            description =
                    "What all processes may take together, of the memory that computes, as 6GB or 4GiB; of a model that is larger some blocks"
                            + " are visited in turn, as often as all ask. Default: what is free.")
    @Nullable
    String memoryMax;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "How many threads compute in each server of the processor. Default: its share of the cores, 1 at least.")
    @Nullable
    Integer threads;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long each figure is measured, one pass at least. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "20",
            description = "How long each swarm works before it is measured. Default: ${DEFAULT-VALUE}.")
    double warmUpSeconds;

    @Option(
            names = "--out",
            paramLabel = "FILE.md",
            description = "Write the report here, and a plot (SVG) beside it. Default: print it.")
    @Nullable
    Path out;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        List<DeviceChoice> wished = ComputeOptions.devices(devices);
        options(wished); // what is wrong with the flags is said before anything is started
        Path plot = out == null ? null : plotFile(out);
        try (Resources resources = new Resources()) {
            Kernels kernels = resources.add(ComputeOptions.kernels(wished.getFirst(), fastProducts));
            int members = kernels.members(Runtime.getRuntime().availableProcessors());
            Environment environment =
                    resources.add(RealEnvironment.create(members)).environment();
            Ending ending = resources.add(new Ending(environment.clock()));
            ending.allow(CLEAN_UP_TIME);
            Table3Options options = options(wished.stream()
                    .map(one -> ComputeOptions.found(one, kernels))
                    .toList());
            var run = new Table3Run(options, environment, kernels, console::line);
            Report report = run.measure(plot == null ? "" : plot.getFileName().toString());
            if (out == null || plot == null) {
                console.line("");
                console.line(report.markdown());
            } else {
                Files.writeString(out, report.markdown());
                String title = options.shape().blocks() + " blocks in the shape of "
                        + options.shape().name();
                Files.writeString(plot, new Plot(title, report.rows()).svg());
                console.line("report: " + out + ", plot: " + plot);
            }
        } catch (IllegalArgumentException refused) {
            throw new UserException(String.valueOf(refused.getMessage()), refused);
        }
        return 0;
    }

    private Table3Options options(List<DeviceChoice> devices) {
        if (weights == Weights.F32) {
            throw new UserException("--weights f32: hidden states would travel as f32, in another table; choose bf16");
        }
        try {
            return new Table3Options(
                    shape.shape(blocks),
                    weights,
                    servers,
                    devices,
                    fastProducts,
                    memoryMax == null ? OptionalLong.empty() : OptionalLong.of(Sizes.parse(memoryMax)),
                    threads == null ? OptionalInt.empty() : OptionalInt.of(threads),
                    Sizes.ofSeconds(seconds),
                    Sizes.ofSeconds(warmUpSeconds));
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Beside the report, with its name; where that can be written is found out before anything is measured. */
    private static Path plotFile(Path report) throws IOException {
        Path name = report.getFileName();
        if (name == null || !name.toString().endsWith(".md")) {
            throw new UserException("--out " + report + " does not end with .md");
        }
        Path folder = report.toAbsolutePath().getParent();
        if (folder == null || !Files.isWritable(folder)) {
            throw new UserException("--out " + report + ": its folder cannot be written to");
        }
        return report.resolveSibling(name.toString().replaceAll("\\.md$", ".svg"));
    }
}
