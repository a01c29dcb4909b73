package corolla.it.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A running {@code ./corolla}, or that of a bundle. Ended by {@link #close}, whatever happens. */
final class CorollaProcess implements AutoCloseable {
    /** Machines that test may be slow and busy; a build may come first. */
    private static final int SECONDS_MAX = 300;

    private static final String END = "\u0000";

    private final String command;
    private final Process process;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> errors = Collections.synchronizedList(new ArrayList<>());
    private final Thread outReader;
    private final Thread errorReader;

    private CorollaProcess(String command, Process process) {
        this.command = command;
        this.process = process;
        this.outReader = Thread.ofVirtual().start(() -> {
            read(process.getInputStream(), lines::add);
            lines.add(END);
        });
        this.errorReader = Thread.ofVirtual().start(() -> read(process.getErrorStream(), errors::add));
    }

    static CorollaProcess start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    /** Starts with some variables of the environment set. */
    static CorollaProcess start(Map<String, String> variables, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(root().resolve("corolla").toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().put("COROLLA_JAVA_OPTIONS", "-Xmx512m");
        builder.environment().putAll(variables);
        return new CorollaProcess(String.join(" ", arguments), builder.start());
    }

    /** Starts another launcher than the project's, in a folder, with these variables of the environment and no others. */
    static CorollaProcess startAlone(Path launcher, Path folder, Map<String, String> environment, String... arguments)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new CorollaProcess(String.join(" ", arguments), builder.start());
    }

    /** The folder of the project: the nearest above that has the launcher. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(folder.resolve("corolla"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException(
                        "no ./corolla above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    private void read(InputStream stream, Consumer<String> to) {
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            reader.lines().forEach(to);
        } catch (IOException | UncheckedIOException e) {
            errors.add(e.toString()); // the process was killed
        }
    }

    /** The next line of standard output that {@code wanted} accepts. */
    String awaitLine(Predicate<String> wanted) throws InterruptedException {
        while (true) {
            String line = lines.poll(SECONDS_MAX, TimeUnit.SECONDS);
            if (line == null || line.equals(END)) {
                throw new AssertionError(
                        "corolla " + command + (line == null ? " says nothing" : " has ended") + ":\n" + errors());
            }
            if (wanted.test(line)) {
                return line;
            }
        }
    }

    /** Waits for the end. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new AssertionError("corolla " + command + " does not end:\n" + errors);
        }
        outReader.join();
        errorReader.join();
        return process.exitValue();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    boolean hasChildren() {
        return process.descendants().findAny().isPresent();
    }

    String errors() {
        return String.join("\n", List.copyOf(errors));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
