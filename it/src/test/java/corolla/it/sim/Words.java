package corolla.it.sim;

import corolla.swarm.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of one line of a scenario, read one after the other. Confined. */
final class Words {
    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|,|<|%|[^\\s,<%\"]+");
    private static final Pattern TIME = Pattern.compile("([+-]?)([0-9]+)(ms|s|min)");
    private static final String TIMES = "a time as 300 ms, 2 s or 5 min";

    private final String file;
    private final int line;
    private final String text;
    private final List<String> words = new ArrayList<>();
    private int at;

    Words(String file, int line, String text) {
        this.file = file;
        this.line = line;
        this.text = text;
        Matcher matcher = WORD.matcher(text.replaceAll("([0-9]) (ms|s|min)\\b", "$1$2"));
        while (matcher.find()) {
            words.add(matcher.group());
        }
    }

    int line() {
        return line;
    }

    boolean hasNext() {
        return at < words.size();
    }

    /** The next word; an error that tells what is allowed when there is none. */
    String next(String allowed) {
        if (!hasNext()) {
            throw error("ends too early", allowed);
        }
        return words.get(at++);
    }

    /** Passes over a word if it is the next. */
    boolean skip(String word) {
        boolean found = hasNext() && words.get(at).equals(word);
        at += found ? 1 : 0;
        return found;
    }

    /** Passes over a word that must be the next; always true. */
    boolean expect(String word) {
        String found = next("'" + word + "'");
        if (!found.equals(word)) {
            throw error("'" + found + "' is not understood", "'" + word + "'");
        }
        return true;
    }

    int number(String what) {
        String found = next(what);
        if (!found.matches("[0-9]{1,6}")) {
            throw error("'" + found + "' is no number", what);
        }
        return Integer.parseInt(found);
    }

    /** A number and the word for what it counts, of one or of many. */
    int count(String units) {
        int number = number("a number of " + units.replace("|", " or "));
        String unit = next(units);
        if (!List.of(units.split("\\|")).contains(unit)) {
            throw error("'" + unit + "' is not understood", units.replace("|", " or "));
        }
        return number;
    }

    Duration time() {
        String found = next(TIMES);
        if (found.startsWith("+") || found.startsWith("-")) {
            throw error("'" + found + "' has a sign", TIMES);
        }
        return time(found);
    }

    /** A time with a sign, as an error of a clock has. */
    Duration signedTime() {
        return time(next(TIMES + ", with a sign"));
    }

    private Duration time(String found) {
        Matcher matcher = TIME.matcher(found);
        if (!matcher.matches()) {
            throw error("'" + found + "' is no time", TIMES);
        }
        long count = Long.parseLong(matcher.group(2));
        Duration time = switch (matcher.group(3)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            default -> Duration.ofMinutes(count);
        };
        return matcher.group(1).equals("-") ? time.negated() : time;
    }

    /** {@code 20..60 ms}. */
    Duration[] range() {
        String found = next("a range as 20..60 ms");
        Matcher matcher = Pattern.compile("([0-9]+)\\.\\.([0-9]+)ms").matcher(found);
        if (!matcher.matches()) {
            throw error("'" + found + "' is no range", "a range as 20..60 ms");
        }
        return new Duration[] {
            Duration.ofMillis(Long.parseLong(matcher.group(1))), Duration.ofMillis(Long.parseLong(matcher.group(2)))
        };
    }

    /** {@code 0:3}. */
    Span span() {
        String found = next("blocks as 0:3");
        Matcher matcher = Pattern.compile("([0-9]+):([0-9]+)").matcher(found);
        if (!matcher.matches()) {
            throw error("'" + found + "' are no blocks", "blocks as 0:3");
        }
        return Span.parse(found);
    }

    String quoted() {
        String found = next("a text in quotation marks");
        if (!found.startsWith("\"")) {
            throw error("'" + found + "' has no quotation marks", "a text in quotation marks");
        }
        return found.substring(1, found.length() - 1);
    }

    /** Nothing may follow. */
    void end() {
        if (hasNext()) {
            throw error("'" + words.get(at) + "' is too much", "the end of the line");
        }
    }

    IllegalArgumentException error(String what, String allowed) {
        return new IllegalArgumentException(
                "scenario " + file + " line " + line + ": " + what + "; allowed: " + allowed + "\n  " + text);
    }
}
