package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A node of a swarm in a process of its own, ours or stock: its address, and whether it is ready. Thread-safe; its owner closes it. */
final class NodeProcess implements AutoCloseable {
    /** A stock server tells first whom it joins. */
    private static final Pattern ADDRESS = Pattern.compile("^(?!.*initial peers:).*?(/ip4/[0-9.]+/tcp/\\d+/p2p/\\w+)");

    private static final Pattern READY = Pattern.compile("^ready$|Started$");

    private final Process process;
    private final Gate gate; // guards all below
    private @Nullable String address;
    private boolean isReady;
    private boolean hasEnded;

    private NodeProcess(Environment environment, Process process) {
        this.process = process;
        this.gate = new Gate(environment.clock());
    }

    /**
     * Starts a program.
     *
     * @param readers in which its output is read; outlives it
     * @param log is appended what it writes to standard error
     */
    static NodeProcess start(
            Environment environment, TaskScope readers, List<String> command, Map<String, String> variables, Path log)
            throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(variables);
        builder.redirectErrorStream(true);
        var node = new NodeProcess(environment, builder.start());
        readers.run("output of " + log.getFileName(), () -> node.read(log));
        return node;
    }

    private void read(Path log) throws IOException {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                var written = java.nio.file.Files.newBufferedWriter(
                        log, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written.write(line + "\n");
                written.flush();
                take(line);
            }
        } catch (IOException | UncheckedIOException killed) {
            // its pipe breaks when it is killed
        } finally {
            set(() -> hasEnded = true);
        }
    }

    private void take(String line) {
        Matcher found = ADDRESS.matcher(line);
        if (address == null && found.find()) {
            set(() -> address = found.group(1));
        }
        if (READY.matcher(line).find()) {
            set(() -> isReady = true);
        }
    }

    private void set(Runnable change) {
        gate.lock();
        try {
            change.run();
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** The first multiaddress that it names. */
    String awaitAddress(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (address == null && !hasEnded && gate.await(deadline)) {
                // woken: look again
            }
            return Optional.ofNullable(address).orElseThrow(() -> new IOException("a node has not told its address"));
        } finally {
            gate.unlock();
        }
    }

    /** Whether it has got ready by then; false as well when it has ended. */
    boolean awaitReady(Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            while (!isReady && !hasEnded && gate.await(deadline)) {
                // woken: look again
            }
            return isReady;
        } finally {
            gate.unlock();
        }
    }

    /** SIGKILL, to it and all that it has started. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Writes a line to its standard input. */
    void tell(String line) throws IOException {
        BufferedWriter input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(line);
        input.newLine();
        input.flush();
    }

    /** Sends a signal by its name, such as STOP, to it and all that it has started. */
    void signal(String name) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(process.pid())));
        process.descendants().map(ProcessHandle::pid).map(String::valueOf).forEach(command::add);
        Commands.run(command.toArray(String[]::new));
    }

    @Override
    public void close() {
        kill();
        process.onExit().join();
    }
}
