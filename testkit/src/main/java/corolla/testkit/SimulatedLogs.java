package corolla.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Takes all that is logged during a run. Consoles have monitors that threads of the real world hold too, and a simulated thread that
 * waits for one would not be deterministic; besides, a failed run's story is told better in virtual time. Thread-safe.
 */
final class SimulatedLogs extends Handler implements AutoCloseable {
    private static final int LINES_MAX = 10_000;

    private final Loop loop;
    private final Logger root = LogManager.getLogManager().getLogger("");
    private final Handler[] handlers = root.getHandlers();
    private final Formatter formatter = new SimpleFormatter();
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lineCount = new AtomicInteger();

    SimulatedLogs(Loop loop) {
        this.loop = loop;
        for (Handler handler : handlers) {
            root.removeHandler(handler);
        }
        root.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
        lines.add(line(entry));
        if (lineCount.incrementAndGet() > LINES_MAX) {
            lines.poll();
            lineCount.decrementAndGet();
        }
    }

    private String line(LogRecord entry) {
        StringWriter text = new StringWriter();
        text.append("%,14d us  ".formatted(Duration.ofNanos(loop.nanoTime()).toNanos() / 1000));
        text.append(Thread.currentThread().getName()).append("  ");
        text.append(entry.getLevel().getName()).append(": ");
        text.append(formatter.formatMessage(entry));
        if (entry.getThrown() != null) {
            text.append('\n');
            entry.getThrown().printStackTrace(new PrintWriter(text, true));
        }
        return text.toString();
    }

    /** What was logged, the last lines at least. */
    String text() {
        return String.join("\n", lines);
    }

    @Override
    public void flush() {
        // nothing is held back
    }

    @Override
    public void close() {
        root.removeHandler(this);
        for (Handler handler : handlers) {
            root.addHandler(handler);
        }
    }
}
