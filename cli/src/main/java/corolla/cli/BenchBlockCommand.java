package corolla.cli;

import corolla.base.Environment;
import corolla.cli.blocks.BlocksOptions;
import corolla.cli.blocks.BlocksRun;
import corolla.cli.synthetic.Weights;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench block}. */
@Command(
        name = "block",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "What one transformer block costs on this machine, in the shape of a known model.",
        description = {
            "",
            "Decoding, forwards and backwards, with weights of several types, beside what the memory gives and, where asked for, PyTorch's"
                    + " block. Weights are random: nothing is fetched.",
            ""
        },
        footer = {"", "Example:", "  ./corolla bench block --shape llama-1b --weights bf16,int8 --python python3"})
final class BenchBlockCommand implements Callable<Integer> {
    @ParentCommand
    @Nullable
    BenchCommand bench;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    ShapeOptions shape = new ShapeOptions();

    @Option(
            names = "--weights",
            paramLabel = "TYPE",
            split = ",",
            defaultValue = "bf16,int8,nf4",
            description = "How they are kept: f32, bf16, int8, nf4. Default: ${DEFAULT-VALUE}.")
    List<Weights> weights = List.of();

    @Option(
            names = "--decode",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,4,16,64",
            description = "How many sequences are continued at a time. Default: ${DEFAULT-VALUE}.")
    List<Integer> decoded = List.of();

    @Option(
            names = "--batches",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,4,64",
            description =
                    "How many sequences of 128 tokens go through at a time, forward and backward. Default: ${DEFAULT-VALUE}.")
    List<Integer> batches = List.of();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "2",
            description = "How long each figure is measured, three passes at least. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(
            names = "--peak-tflops",
            paramLabel = "N",
            description =
                    "What the device's data sheet promises for dense products of bf16. Default: known for some GPUs.")
    @Nullable
    Double peakTeraflops;

    @Option(
            names = "--python",
            paramLabel = "FILE",
            description = "A Python that has PyTorch and transformers: their block is measured first.")
    @Nullable
    String python;

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        BlocksOptions options = options();
        try (Resources resources = new Resources()) {
            Kernels kernels = resources.add(compute.kernels());
            Environment environment = resources.add(compute.start(kernels)).environment();
            new BlocksRun(options, environment, kernels, console::line).measure();
        }
        return 0;
    }

    private BlocksOptions options() {
        if (peakTeraflops != null && !(peakTeraflops > 0)) {
            throw new UserException("--peak-tflops " + peakTeraflops + " is not more than 0");
        }
        try {
            return new BlocksOptions(
                    shape.shape(null),
                    weights,
                    decoded,
                    batches,
                    Sizes.ofSeconds(seconds),
                    peakTeraflops == null ? OptionalDouble.empty() : OptionalDouble.of(peakTeraflops * 1e12),
                    pythonProgram());
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A name is looked for on the path when it is started. */
    private Optional<Path> pythonProgram() {
        if (python == null) {
            return Optional.empty();
        }
        Path path = Path.of(python);
        if (path.getNameCount() > 1 && !Files.isExecutable(path)) {
            throw new UserException("--python " + python + " is not a program");
        }
        return Optional.of(path);
    }
}
