package corolla.cli;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.Weights;
import corolla.cli.table3.ClientsRun;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code corolla bench clients}. */
@Command(
        name = "clients",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "What one server gives to many sessions at a time.",
        description = {
            "",
            "Starts a server and a client as processes of their own, with random weights in the shape of a known model, and prints tokens a second"
                    + " of all sessions together, without embeddings and head, and the memory that they take.",
            ""
        },
        footer = {"", "Example:", "  ./corolla bench clients --shape llama-8b --device cuda:0 --clients 1,4,16,64"})
final class BenchClientsCommand implements Callable<Integer> {
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
            defaultValue = "bf16",
            description = "How the server keeps them: f32, bf16, int8, nf4. Default: ${DEFAULT-VALUE}.")
    Weights weights = Weights.BF16;

    @Option(
            names = "--clients",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,4,16,64",
            description = "How many sessions at a time. Default: ${DEFAULT-VALUE}.")
    List<Integer> clients = List.of();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "How long each figure is measured. Default: ${DEFAULT-VALUE}.")
    double seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long one session steps before that. Default: ${DEFAULT-VALUE}.")
    double warmUpSeconds;

    @Mixin
    ComputeOptions compute = new ComputeOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Objects.requireNonNull(bench).console();
        common.startLogging(console, Logs.Volume.QUIET);
        try (Resources resources = new Resources()) {
            ModelShape known = shape.shape(blocks);
            Kernels kernels = resources.add(compute.kernels());
            Environment environment = resources.add(RealEnvironment.create(1)).environment();
            Ending ending = resources.add(new Ending(environment.clock()));
            ending.allow(CLEAN_UP_TIME);
            DeviceChoice device = ComputeOptions.found(compute.devices().getFirst(), kernels);
            var options = new ClientsRun.Options(
                    known,
                    weights,
                    clients,
                    device,
                    compute.fastProducts(),
                    compute.threadsOf(kernels),
                    Sizes.ofSeconds(seconds),
                    Sizes.ofSeconds(warmUpSeconds));
            new ClientsRun(options, environment, kernels, console::line).measure();
        } catch (IllegalArgumentException refused) {
            throw new UserException(String.valueOf(refused.getMessage()), refused);
        }
        return 0;
    }
}
