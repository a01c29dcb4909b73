package corolla.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code corolla bench}. */
@Command(
        name = "bench",
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Measure how fast this machine, or a swarm, is.",
        subcommands = {
            BenchBlockCommand.class,
            BenchClientsCommand.class,
            BenchDecodeCommand.class,
            BenchForwardCommand.class,
            BenchOutliersCommand.class,
            BenchPerplexityCommand.class,
            BenchSessionCommand.class,
            BenchTable3Command.class,
            BenchTable3ClientCommand.class
        })
final class BenchCommand implements Runnable {

    @ParentCommand
    @Nullable
    Corolla corolla;

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    @Nullable
    CommandSpec spec;

    Console console() {
        return Objects.requireNonNull(corolla).console();
    }

    @Override
    public void run() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        line.usage(console().out());
    }
}
