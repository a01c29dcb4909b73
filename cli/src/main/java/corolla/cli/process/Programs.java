package corolla.cli.process;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Other programs of this machine. Stateless. */
public final class Programs {

    private Programs() {}

    /** Whether a program is on the path. */
    public static boolean exists(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Runs a short command to its end.
     *
     * @return what it prints
     * @throws IOException with what it prints, when it fails
     */
    public static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = process.waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + code + ": " + printed);
        }
        return printed;
    }

    /** A command line of Corolla with the classes and options of this process. */
    public static List<String> corolla(List<String> javaOptions, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(javaOptions); // the last of two counts
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "corolla.cli.Corolla"));
        command.addAll(arguments);
        return command;
    }
}
