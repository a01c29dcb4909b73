package corolla.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logging to standard error, one line a record. */
final class Logs {
    // A strong reference: java.util.logging forgets loggers, and their levels with them.
    private static final Logger COROLLA = Logger.getLogger("corolla");

    private Logs() {}

    /** How much is said. */
    enum Volume {
        /** Only what needs somebody. */
        QUIET,
        /** Also what a node does with its life. */
        LIFECYCLE,
        /** Also every request, and stack traces. */
        VERBOSE;

        private Level level() {
            return switch (this) {
                case QUIET -> Level.WARNING;
                case LIFECYCLE -> Level.INFO;
                case VERBOSE -> Level.FINE;
            };
        }
    }

    static void set(PrintStream err, Volume volume) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new Lines(err, volume == Volume.VERBOSE));
        root.setLevel(Level.WARNING);
        COROLLA.setLevel(volume.level());
    }

    private static final class Lines extends Handler {
        private final PrintStream err;

        Lines(PrintStream err, boolean traces) {
            this.err = err;
            setLevel(Level.ALL);
            setFormatter(new Line(traces));
        }

        @Override
        public void publish(LogRecord record) {
            if (isLoggable(record)) {
                err.print(getFormatter().format(record));
                err.flush();
            }
        }

        @Override
        public void flush() {
            err.flush();
        }

        @Override
        public void close() {
            err.flush();
        }
    }

    /** {@code 14:03:27 WARNING Directory: what happened key=value}. */
    static final class Line extends Formatter {
        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
        private final boolean traces;

        Line(boolean traces) {
            this.traces = traces;
        }

        @Override
        public String format(LogRecord record) {
            String name = record.getLoggerName() == null ? "" : record.getLoggerName();
            var line = new StringBuilder();
            line.append(TIME.format(record.getInstant().atZone(ZoneId.systemDefault())));
            line.append(' ').append(level(record.getLevel()));
            line.append(' ').append(name.substring(name.lastIndexOf('.') + 1));
            line.append(": ").append(formatMessage(record));
            Throwable thrown = record.getThrown();
            if (thrown != null) {
                line.append(traces ? System.lineSeparator() + trace(thrown) : ": " + Errors.line(thrown));
            }
            return line.toString().stripTrailing() + System.lineSeparator();
        }

        /** The levels' names of System.Logger, which is what our code writes. */
        private static String level(Level level) {
            return switch (level.getName()) {
                case "SEVERE" -> "ERROR";
                case "FINE" -> "DEBUG";
                case "FINER" -> "TRACE";
                default -> level.getName();
            };
        }

        private static String trace(Throwable thrown) {
            var text = new StringWriter();
            thrown.printStackTrace(new PrintWriter(text));
            return text.toString();
        }
    }
}
