package corolla.it.chaos;

import java.io.IOException;
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

    /** The folder of the project: the nearest above that has the launcher. */
    static Path project() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.isExecutable(folder.resolve("corolla"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("no ./corolla above " + Path.of("").toAbsolutePath());
        }
        return folder;
    }
}
