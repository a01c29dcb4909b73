package corolla.it.chaos;

import com.google.errorprone.annotations.FormatMethod;
import corolla.it.chaos.ChaosRun.Outcome;
import corolla.it.chaos.ChaosRun.Settings;
import corolla.it.chaos.Timeline.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The outcome as a table. */
final class ChaosReport {
    private ChaosReport() {}

    /** One answer as a line. */
    static String answer(int number, String came, double seconds, List<Hit> hits) {
        String standstills = hits.stream()
                .map(hit -> hit.standstill().toMillis() + (hit.isBare() ? " (no other was up)" : ""))
                .collect(Collectors.joining(", "));
        return text("answer %d: %.1f s, %s", number, seconds, came)
                + (hits.isEmpty() ? "" : "; from harm to the next token, ms: " + standstills);
    }

    static List<String> lines(Settings settings, Outcome outcome) {
        var lines = new ArrayList<String>();
        lines.add(text(
                "%s, a server every %.1f s, seed %d: %d of %d answers of %d tokens finished, %d with the tokens of the undisturbed run",
                settings.harm(),
                settings.period().toMillis() / 1e3,
                settings.seed(),
                outcome.finished(),
                settings.answers(),
                settings.tokens(),
                outcome.equal()));
        lines.add(text(
                "tokens/s: %.1f undisturbed, %.1f disturbed; %d servers harmed, %d of them in use",
                outcome.undisturbedTokensPerSecond(),
                outcome.tokensPerSecond(),
                outcome.harms(),
                outcome.harmsInUse()));
        lines.add(text("%-48s %5s %8s %8s %8s", "from harm to the next token, ms", "count", "median", "p95", "worst"));
        lines.add(row("all in use that were survived", outcome.hits(), _ -> true));
        lines.add(row("  every block kept a server that is up", outcome.hits(), hit -> !hit.isBare()));
        lines.add(row("  some block had none for a while", outcome.hits(), Hit::isBare));
        outcome.unequal().forEach(token -> lines.add("an answer differs from token " + token + " on"));
        lines.addAll(outcome.failures());
        return lines;
    }

    private static String row(String name, List<Hit> hits, Predicate<Hit> which) {
        double[] sorted = hits.stream()
                .filter(which)
                .mapToDouble(hit -> hit.standstill().toNanos() / 1e6)
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return text("%-48s %5d", name, 0);
        }
        return text(
                "%-48s %5d %8.0f %8.0f %8.0f",
                name,
                sorted.length,
                sorted[sorted.length / 2],
                sorted[(int) (sorted.length * 0.95)],
                sorted[sorted.length - 1]);
    }

    @FormatMethod
    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
