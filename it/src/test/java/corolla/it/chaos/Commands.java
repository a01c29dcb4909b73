package corolla.it.chaos;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Short programs that are run to their end, and where ours are. */
final class Commands {
    private Commands() {}

    /** Runs a program that ends soon. */
    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said.strip());
        }
    }

    /** The Python of the stock peers. */
    static Path stockPython() {
        String cache = System.getenv("COROLLA_CACHE");
        Path folder = cache == null ? Path.of(System.getProperty("user.home"), ".cache", "corolla") : Path.of(cache);
        Path python = folder.resolve(Path.of("interop", "petals", "bin", "python"));
        if (!Files.isExecutable(python)) {
            throw new IllegalStateException("no stock peers at " + python + "; run interop/setup-stock.sh");
        }
        return python;
    }

    /** The folder of the project that these classes were built in: the nearest above them that has the build. */
    static Path project() {
        Path classes;
        try {
            classes = Path.of(Commands.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("these classes are nowhere", e);
        }
        Path folder = classes.toAbsolutePath();
        while (folder != null && !Files.isRegularFile(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("no mvnw above " + classes);
        }
        return folder;
    }
}
