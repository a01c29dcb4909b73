package corolla.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The door: {@code corolla COMMAND …}. */
@Command(
        name = "corolla",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        header = "Run large language models on a swarm of machines, none of which could do it alone.",
        description = {
            "",
            "Servers hold spans of a model's blocks; a client finds a chain of servers that covers all of them, and only small hidden"
                    + " states travel between. Corolla speaks Petals' protocol: both kinds of peers mix in one swarm.",
            "",
            "See it work:    corolla demo",
            "A swarm:        corolla dht                                      (prints its addresses)",
            "                corolla server MODEL --initial-peers ADDRESS     (on each machine)",
            "                corolla chat MODEL --initial-peers ADDRESS       (anywhere)",
            "Without Java:   ./corolla package                                (in a checkout: packs all of this)",
            "",
            "MODEL is a folder, a GGUF file, a Hugging Face id (org/name) or a known name (smollm2-135m).",
            ""
        },
        commandListHeading = "Commands:%n",
        footer = {"", "corolla COMMAND --help tells more about each."},
        subcommands = {
            DemoCommand.class,
            DhtCommand.class,
            ServerCommand.class,
            ControlCommand.Pause.class,
            ControlCommand.Resume.class,
            GenerateCommand.class,
            ChatCommand.class,
            InfoCommand.class,
            RouteCommand.class,
            ModelCommand.class,
            VerifyCommand.class,
            BenchCommand.class
        })
public final class Corolla implements Runnable {
    private static final int FAILED = 1;

    private final Console console;

    @Spec
    @Nullable
    CommandSpec spec;

    Corolla(Console console) {
        this.console = console;
    }

    /** Runs a command and ends the process with its exit code: 0, 1 for a failure, 2 for a command line that makes no sense. */
    public static void main(String[] arguments) {
        System.exit(run(Console.system(System.getenv()), arguments));
    }

    /** Runs a command in this process. */
    static int run(Console console, String... arguments) {
        Logs.set(console.err(), Logs.Volume.QUIET);
        return commandLine(console).execute(Arguments.withDashes(arguments));
    }

    static CommandLine commandLine(Console console) {
        var line = new CommandLine(new Corolla(console));
        line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, ignored) -> reject(console, e));
        line.setExecutionExceptionHandler((e, command, parsed) -> fail(console, e, command));
        return line;
    }

    Console console() {
        return console;
    }

    /** No command: say which there are. */
    @Override
    public void run() {
        if (spec == null) {
            throw new IllegalStateException("picocli did not set the command");
        }
        spec.commandLine().usage(console.out());
    }

    private static int reject(Console console, ParameterException e) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        console.err().println(name + ": " + Errors.line(e) + " (" + name + " --help says more)");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int fail(Console console, Exception e, CommandLine command) {
        String name = command.getCommandSpec().qualifiedName();
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            console.err().println(name + ": interrupted");
            return FAILED;
        }
        console.err().println(name + ": " + Errors.line(e));
        if (CommonOptions.of(command).isVerbose()) {
            e.printStackTrace(console.err());
        }
        return FAILED;
    }
}
