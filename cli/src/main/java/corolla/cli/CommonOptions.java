package corolla.cli;

import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What every command takes. */
final class CommonOptions {
    @Option(
            names = {"-v", "--verbose"},
            description = "Log every request, and show where errors come from.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    boolean isVerbose() {
        return verbose;
    }

    /** Sets how much is logged. */
    void startLogging(Console console, Logs.Volume usual) {
        Logs.set(console.err(), verbose ? Logs.Volume.VERBOSE : usual);
    }

    /** The options of a parsed command, or the defaults for one without. */
    static CommonOptions of(CommandLine command) {
        CommandLine.Model.CommandSpec mixin = command.getCommandSpec().mixins().get("common");
        return mixin != null && mixin.userObject() instanceof CommonOptions common ? common : new CommonOptions();
    }
}
