package corolla.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers for people. */
final class Sizes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Sizes() {}

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

    /** {@code 0.25 s}. */
    static String seconds(Duration time) {
        double seconds = time.toNanos() / 1e9;
        return String.format(Locale.ROOT, seconds < 1 ? "%.2f s" : "%.1f s", seconds);
    }

    /** {@code 134.5 million}. */
    static String count(long count) {
        if (count >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.1f billion", count / 1e9);
        }
        return count >= 1_000_000 ? String.format(Locale.ROOT, "%.1f million", count / 1e6) : Long.toString(count);
    }
}
