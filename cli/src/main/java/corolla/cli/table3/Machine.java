package corolla.cli.table3;

import corolla.cli.process.Programs;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What there is to say about this machine. What its system does not tell is left out. Stateless. */
public final class Machine {
    private static final Path CPU = Path.of("/proc/cpuinfo");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path LOAD = Path.of("/proc/loadavg");
    private static final Pattern MODEL = Pattern.compile("^model name\\s*:\\s*(.+)$", Pattern.MULTILINE);
    private static final Pattern AVAILABLE = Pattern.compile("^MemAvailable:\\s*(\\d+) kB$", Pattern.MULTILINE);

    private Machine() {}

    static String processor() {
        String name = find(CPU, MODEL).orElse(System.getProperty("os.arch"));
        return Runtime.getRuntime().availableProcessors() + " cores of " + name;
    }

    /** Bytes that programs may still take; empty where the system does not tell. */
    static Optional<Long> availableMemory() {
        return find(MEMORY, AVAILABLE).map(kibibytes -> Long.parseLong(kibibytes) << 10);
    }

    /** Processes that ran or wanted to, in the last minute on average; {@code "unknown"} where the system does not tell. */
    static String load() {
        return read(LOAD).map(text -> text.split(" ", 2)[0]).orElse("unknown");
    }

    static String software() {
        return "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version");
    }

    /** The commit of the sources that this was built from: a bundle's jar knows it, else git does where they are beside it. */
    public static Optional<String> commit() throws InterruptedException {
        String packed = Machine.class.getPackage().getImplementationVersion();
        if (packed != null) {
            return Optional.of(packed);
        }
        CodeSource source = Machine.class.getProtectionDomain().getCodeSource();
        if (source == null || !Programs.exists("git")) {
            return Optional.empty();
        }
        try {
            String folder =
                    Path.of(source.getLocation().toURI()).toAbsolutePath().toString();
            // No tag has a say: the commit alone.
            return Optional.of(
                    Programs.run("git", "-C", folder, "describe", "--always", "--exclude=*", "--dirty= and changes"));
        } catch (IOException | URISyntaxException notThere) {
            return Optional.empty();
        }
    }

    private static Optional<String> find(Path file, Pattern pattern) {
        return read(file).map(pattern::matcher).filter(Matcher::find).map(matcher -> matcher.group(1));
    }

    private static Optional<String> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        } catch (IOException notTold) {
            return Optional.empty();
        }
    }
}
