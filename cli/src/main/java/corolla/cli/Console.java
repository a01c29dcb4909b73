package corolla.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Where commands write: data and answers to {@code out}, progress and logs to {@code err}. Which of the two a person watches
 * is told by the launcher in {@code COROLLA_TERMINAL} ({@code "out err"}), as Java cannot know of standard error.
 * Thread-safe.
 */
record Console(PrintStream out, PrintStream err, boolean outIsTerminal, boolean errIsTerminal) {

    static Console system(Map<String, String> environment) {
        String terminals = environment.getOrDefault("COROLLA_TERMINAL", "");
        return new Console(utf8(System.out), utf8(System.err), terminals.contains("out"), terminals.contains("err"));
    }

    private static PrintStream utf8(PrintStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    /** Text in grey where a person watches standard output. */
    String faint(String text) {
        return outIsTerminal ? "\u001b[2m" + text + "\u001b[0m" : text;
    }

    /** Text in bold where a person watches standard output. */
    String bold(String text) {
        return outIsTerminal ? "\u001b[1m" + text + "\u001b[0m" : text;
    }

    /** Writes a line of data or of an answer. */
    void line(String text) {
        out.println(text);
        out.flush();
    }
}
