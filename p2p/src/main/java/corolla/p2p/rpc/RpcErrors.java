package corolla.p2p.rpc;

import corolla.base.time.DeadlineException;

/** How an exception looks to a caller in Python. */
public final class RpcErrors {
    private RpcErrors() {}

    /**
     * The form of Python's {@code repr(exception)}: {@code ValueError('boom')}. Java's common exceptions get the name of
     * their sibling in Python, others keep their own.
     */
    static String repr(Throwable failure, int charsMax) {
        return typeName(failure) + "(" + quoted(message(failure, charsMax)) + ")";
    }

    /** The form of Python's {@code str(exception)}: the message alone. */
    static String message(Throwable failure, int charsMax) {
        String message = failure.getMessage();
        return message == null ? "" : cut(message, charsMax);
    }

    /** At most {@code charsMax} characters of a text, and a sign when there were more. */
    static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax) + "…";
    }

    private static String typeName(Throwable failure) {
        return switch (failure) {
            case IllegalArgumentException _ -> "ValueError";
            case IndexOutOfBoundsException _ -> "IndexError";
            case UnsupportedOperationException _ -> "NotImplementedError";
            case IllegalStateException _ -> "RuntimeError";
            case OutOfMemoryError _ -> "MemoryError";
            case DeadlineException _ -> "TimeoutError";
            case InterruptedException _ -> "CancelledError";
            default -> failure.getClass().getSimpleName();
        };
    }

    /** Python quotes with ' unless the text has ' and no ". */
    private static String quoted(String message) {
        if (message.isEmpty()) {
            return "";
        }
        char quote = message.indexOf('\'') >= 0 && message.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder text = new StringBuilder(message.length() + 2).append(quote);
        for (int i = 0; i < message.length(); i++) {
            appendEscaped(text, message.charAt(i), quote);
        }
        return text.append(quote).toString();
    }

    private static void appendEscaped(StringBuilder text, char c, char quote) {
        switch (c) {
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            case '\\' -> text.append("\\\\");
            default -> {
                if (c == quote) {
                    text.append('\\');
                }
                text.append(c < ' ' || c == 0x7f ? "\\x%02x".formatted((int) c) : String.valueOf(c));
            }
        }
    }
}
