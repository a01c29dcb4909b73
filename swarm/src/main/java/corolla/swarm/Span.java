package corolla.swarm;

import java.util.Optional;

/**
 * A run of consecutive blocks {@code [start, end)}. Immutable. Text form as on the command line: {@code 0:5}.
 *
 * @param start first block
 * @param end one past the last block, more than {@code start}
 */
public record Span(int start, int end) {
    public Span {
        if (start < 0 || end <= start) {
            throw new IllegalArgumentException(
                    "blocks " + start + ":" + end + " are not a span: want 0 <= start < end");
        }
    }

    /** Reads {@code START:END}, as on the command line. */
    public static Span parse(String text) {
        String[] parts = text.strip().split(":", -1);
        try {
            if (parts.length == 2) {
                return new Span(Integer.parseInt(parts[0].strip()), Integer.parseInt(parts[1].strip()));
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(notASpan(text), notANumber);
        }
        throw new IllegalArgumentException(notASpan(text));
    }

    private static String notASpan(String text) {
        return "blocks '" + text + "' are not of the form START:END, such as 0:5";
    }

    public int length() {
        return end - start;
    }

    public boolean contains(int block) {
        return block >= start && block < end;
    }

    public boolean contains(Span other) {
        return other.start >= start && other.end <= end;
    }

    /** What both have in common, if anything. */
    public Optional<Span> intersection(Span other) {
        int from = Math.max(start, other.start);
        int to = Math.min(end, other.end);
        return from < to ? Optional.of(new Span(from, to)) : Optional.empty();
    }

    @Override
    public String toString() {
        return start + ":" + end;
    }
}
