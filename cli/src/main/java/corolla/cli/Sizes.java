package corolla.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers for people. */
final class Sizes {
    private static final Pattern SIZE =
            Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?) ?((?:[KMGT]i?)?)B?", Pattern.CASE_INSENSITIVE);
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Sizes() {}

    /** To the millisecond. */
    static Duration ofSeconds(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** {@code 91.7 MiB}. */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0
                ? bytes + " B"
                : String.format(Locale.ROOT, value < 100 ? "%.1f %s" : "%.0f %s", value, UNITS[unit]);
    }

    /**
     * Reads {@code 300GB} (decimal), {@code 50GiB} (binary) or a plain number of bytes.
     *
     * @throws IllegalArgumentException when it is none of these, or too large
     */
    static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no size; write 300GB, 50GiB or a number of bytes");
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        int power = unit.isEmpty() ? 0 : "KMGT".indexOf(unit.charAt(0)) + 1;
        double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(unit.endsWith("I") ? 1024 : 1000, power);
        if (bytes > Long.MAX_VALUE) {
            throw new IllegalArgumentException(text + " is more than can be");
        }
        return (long) bytes;
    }

    /** {@code 0.25 s}. */
    static String seconds(Duration time) {
        double seconds = time.toNanos() / 1e9;
        return String.format(Locale.ROOT, seconds < 1 ? "%.2f s" : "%.1f s", seconds);
    }

    /** {@code 12.3 ms}, {@code 4.50 s}. */
    static String millis(double seconds) {
        double millis = seconds * 1e3;
        if (seconds >= 1) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        return String.format(Locale.ROOT, millis < 100 ? "%.1f ms" : "%.0f ms", millis);
    }

    /** {@code 134.5 million}. */
    static String count(long count) {
        if (count >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.1f billion", count / 1e9);
        }
        return count >= 1_000_000 ? String.format(Locale.ROOT, "%.1f million", count / 1e6) : Long.toString(count);
    }
}
