package corolla.cli;

import java.io.UncheckedIOException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** One clear line for every failure. */
final class Errors {
    private static final int LENGTH_MAX = 2_000;

    private Errors() {}

    /** What happened, in one line without a stack trace. */
    static String line(Throwable failure) {
        Throwable shown = unwrap(failure);
        String text = oneLine(shown.getMessage());
        if (isBug(shown)) {
            return "a bug in Corolla: " + shown.getClass().getSimpleName() + (text.isEmpty() ? "" : ": " + text)
                    + " (run again with --verbose for its place, and please report it)";
        }
        return text.isEmpty() ? shown.getClass().getSimpleName() : text;
    }

    /** Whether nobody but us can put it right. */
    private static boolean isBug(Throwable failure) {
        return failure instanceof NullPointerException
                || failure instanceof IndexOutOfBoundsException
                || failure instanceof ClassCastException
                || failure instanceof IllegalStateException
                || failure instanceof UnsupportedOperationException
                || failure instanceof ArithmeticException
                || failure instanceof AssertionError;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable shown = failure;
        while (shown instanceof UncheckedIOException || shown instanceof ExecutionException) {
            Throwable cause = shown.getCause();
            if (cause == null) {
                break;
            }
            shown = cause;
        }
        return shown;
    }

    private static String oneLine(@Nullable String text) {
        if (text == null) {
            return "";
        }
        String line = text.strip().replaceAll("\\s*\\R\\s*", " ");
        return line.length() <= LENGTH_MAX ? line : line.substring(0, LENGTH_MAX) + "…";
    }
}
