package corolla.cli.table3;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that prints into a file, which is looked through for what it has to say: so a wait can be interrupted. Confined to the command's
 * thread; its owner closes it, which ends it.
 */
final class NodeProcess implements AutoCloseable {
    private static final Duration LOOK_PERIOD = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int LAST_LINES = 8;
    private static final Pattern RESIDENT = Pattern.compile("^VmRSS:\\s*(\\d+) kB$", Pattern.MULTILINE);

    private final String name;
    private final Path log;
    private final Clock clock;
    private final Process process;
    private final BufferedWriter in;
    private int seen; // characters of the log that have been looked through

    private NodeProcess(String name, Path log, Clock clock, Process process) {
        this.name = name;
        this.log = log;
        this.clock = clock;
        this.process = process;
        this.in = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** @param name what it is called in errors, and its file */
    static NodeProcess start(String name, List<String> command, Path folder, Clock clock) throws IOException {
        Path log = folder.resolve(name.replace(' ', '-') + ".log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new NodeProcess(name, log, clock, process);
    }

    /**
     * Waits for the next match in whole lines that it prints.
     *
     * @throws IOException with its last lines, when it ends before, or takes too long
     */
    Matcher await(Pattern wanted, Duration time) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, time);
        while (true) {
            boolean isAlive = process.isAlive(); // before its last lines are read
            String text = Files.readString(log);
            int whole = text.lastIndexOf('\n') + 1;
            Matcher matcher = wanted.matcher(text.substring(0, whole));
            if (matcher.find(Math.min(seen, whole))) {
                seen = matcher.end();
                return matcher;
            }
            if (!isAlive || deadline.isOver(clock)) {
                throw new IOException(name
                        + (isAlive ? " has not said '" + wanted + "' in " + time.toSeconds() + " s" : " has ended")
                        + ": " + last(text));
            }
            clock.sleep(LOOK_PERIOD);
        }
    }

    private static String last(String text) {
        List<String> lines = text.lines().toList();
        return lines.isEmpty()
                ? "it has printed nothing"
                : String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** Writes a line to its input. */
    void send(String line) throws IOException {
        in.write(line);
        in.newLine();
        in.flush();
    }

    /** Bytes of the host's memory that it has; empty where the system does not tell. */
    OptionalLong hostBytes() throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.exists(status)) {
            return OptionalLong.empty();
        }
        Matcher resident = RESIDENT.matcher(Files.readString(status));
        return resident.find() ? OptionalLong.of(Long.parseLong(resident.group(1)) << 10) : OptionalLong.empty();
    }

    /** Tells it to end; {@link #close} waits for that. */
    void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            process.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
