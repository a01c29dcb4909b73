package corolla.cli;

import corolla.cli.table3.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The version that the build was told, and the commit of its sources. */
final class Version implements IVersionProvider {
    private static final System.Logger LOG = System.getLogger(Version.class.getName());

    static String text() {
        try (InputStream file = Version.class.getResourceAsStream("version.txt")) {
            return file == null ? "unknown" : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code corolla 0.1.0 (commit 90acd7308c5f)}; without a commit where nothing tells it. */
    static String line() {
        return "corolla " + text()
                + commit().map(commit -> " (commit " + commit + ")").orElse("");
    }

    /** The line with which the log of a node begins. */
    static void log() {
        LOG.log(Level.INFO, () -> line() + " on Java " + Runtime.version());
    }

    private static Optional<String> commit() {
        try {
            return Machine.commit();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {line(), "java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"};
    }
}
