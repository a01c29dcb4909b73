package corolla.it.chaos;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What our client does, and what is done to its servers, in one file with times: where a standstill went is read there. */
final class ClientLog {
    // A strong reference: java.util.logging forgets loggers, and their levels with them.
    private static final Logger COROLLA = Logger.getLogger("corolla");

    private ClientLog() {}

    static void begin(Path file) throws IOException {
        COROLLA.addHandler(new Lines(new PrintStream(Files.newOutputStream(file), true, StandardCharsets.UTF_8)));
        COROLLA.setUseParentHandlers(false);
        COROLLA.setLevel(Level.FINE);
    }

    /** Open until the process ends, and a little longer than the logging system would like. */
    private static final class Lines extends Handler {
        private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

        private final PrintStream file;

        Lines(PrintStream file) {
            this.file = file;
            setFormatter(new SimpleFormatter());
        }

        @Override
        public void publish(LogRecord record) {
            String name = record.getLoggerName() == null ? "" : record.getLoggerName();
            Throwable thrown = record.getThrown();
            file.println(TIME.format(record.getInstant().atZone(ZoneId.systemDefault())) + " "
                    + name.substring(name.lastIndexOf('.') + 1) + ": "
                    + getFormatter().formatMessage(record) + (thrown == null ? "" : ": " + thrown));
        }

        @Override
        public void flush() {
            file.flush();
        }

        @Override
        public void close() {
            flush();
        }
    }
}
