package corolla.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.IVersionProvider;

/** The version that the build was told. */
final class Version implements IVersionProvider {

    static String text() {
        try (InputStream file = Version.class.getResourceAsStream("version.txt")) {
            return file == null ? "unknown" : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "corolla " + text(), "java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")"
        };
    }
}
