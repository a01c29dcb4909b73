package corolla.bench.placement;

import corolla.server.placement.MovePlanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Prints how near the swarm comes to the best placement through an hour of churn, by our rule and by stock Petals', on the same traces, and
 * draws it. {@code java … PlacementBench SEED|FIRST-LAST [FILE.svg]}.
 */
public final class PlacementBench {
    private static final double[] HOURS = {1, 4};

    /** Of the drawing. */
    private static final double HOURS_DRAWN = 4;

    private PlacementBench() {}

    public static void main(String[] args) throws IOException {
        if (args.length == 0 || !args[0].matches("[0-9]{1,9}(-[0-9]{1,9})?")) {
            System.err.println("seeds are FIRST-LAST or a number, as 1-10; found: " + String.join(" ", args));
            System.exit(2);
        }
        String[] bounds = args[0].split("-", 2);
        List<Long> seeds = LongStream.rangeClosed(Long.parseLong(bounds[0]), Long.parseLong(bounds[bounds.length - 1]))
                .boxed()
                .toList();
        System.out.println(
                "| a machine stays | rule | best's share in the hour of churn | at its end | 10 minutes later"
                        + " | minutes with a missing block | moves in the hour |\n|---|---|---|---|---|---|---|");
        for (double hours : HOURS) {
            List<Ground> grounds = grounds(seeds, hours);
            Map<String, Summary> summaries = new LinkedHashMap<>();
            summaries.put("Petals", Summary.of(grounds, new PetalsRule()));
            summaries.put("Corolla", Summary.of(grounds, new CorollaRule(MovePlanner.Settings.defaults())));
            summaries.forEach((name, summary) -> System.out.println(row(hours, name, summary)));
            if (hours == HOURS_DRAWN && args.length > 1) {
                Files.writeString(Path.of(args[1]), new PlacementPlot(summaries, seeds.size(), hours).svg());
            }
        }
    }

    private static List<Ground> grounds(List<Long> seeds, double hours) {
        return seeds.stream().map(seed -> Ground.of(seed, hours * 3600)).toList();
    }

    private static String row(double hours, String rule, Summary summary) {
        return String.format(
                Locale.ROOT,
                "| %.0f h | %s | %s | %s | %s | %.1f (most %.1f) | %.0f (most %.0f) |",
                hours,
                rule,
                share(summary.inChurn()),
                share(summary.atEnd()),
                share(summary.later()),
                summary.missing().mean(),
                summary.missing().most(),
                summary.movesInChurn().median(),
                summary.movesInChurn().most());
    }

    private static String share(Summary.Spread spread) {
        return String.format(Locale.ROOT, "%.0f %% (worst %.0f %%)", 100 * spread.median(), 100 * spread.least());
    }
}
