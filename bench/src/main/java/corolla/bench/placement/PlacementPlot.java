package corolla.bench.placement;

import java.util.Locale;
import java.util.Map;

/** Two panels: how near each rule comes to the best, and how many moves it takes; in colours for light and dark pages. Immutable. */
record PlacementPlot(Map<String, Summary> summaries, int seeds, double hours) {
    private static final int WIDTH = 420;
    private static final int HEIGHT = 240;
    private static final int MARGIN = 56;
    private static final String[] COLOURS = {"#d97706", "#0d9488"};

    String svg() {
        StringBuilder svg = new StringBuilder();
        int width = 2 * (WIDTH + MARGIN) + MARGIN;
        svg.append(format(
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12' fill='#808080'>%n",
                width, HEIGHT + 2 * MARGIN));
        panel(svg, 0, "throughput of the weakest block, share of the best placement", 1, "%.0f %%", 100);
        double most = summaries.values().stream()
                .mapToDouble(summary -> summary.moves()[summary.moves().length - 1])
                .max()
                .orElse(1);
        double top = Math.max(10, Math.ceil(most / 10) * 10);
        panel(svg, 1, "moves of all servers together", top, "%.0f", 1);
        int index = 0;
        for (Map.Entry<String, Summary> entry : summaries.entrySet()) {
            line(svg, 0, entry.getValue().shares(), 1, COLOURS[index]);
            line(svg, 1, entry.getValue().moves(), top, COLOURS[index]);
            svg.append(format(
                    "<text x='%d' y='%d' fill='%s'>%s</text>%n",
                    MARGIN + 12 + 90 * index, HEIGHT + MARGIN - 10, COLOURS[index], entry.getKey()));
            index++;
        }
        svg.append(format(
                "<text x='%d' y='%d'>minutes; grey: churn, machines stay %.0f h on average; 30 machines, 70 blocks,"
                        + " mean of %d seeds</text>%n</svg>%n",
                MARGIN, HEIGHT + 2 * MARGIN - 14, hours, seeds));
        return svg.toString();
    }

    private static int left(int panel) {
        return MARGIN + panel * (WIDTH + MARGIN);
    }

    private static double x(int panel, double seconds) {
        return left(panel) + seconds / Trace.ENDS * (WIDTH - 20);
    }

    private static double y(double share) {
        return MARGIN + (1 - share) * HEIGHT;
    }

    private static void panel(StringBuilder svg, int panel, String title, double top, String label, double unit) {
        double from = x(panel, Trace.CHURN_BEGINS);
        svg.append(format(
                "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='#808080' fill-opacity='0.12'/>%n",
                from, MARGIN, x(panel, Trace.CHURN_ENDS) - from, HEIGHT));
        svg.append(format("<text x='%d' y='%d' font-weight='bold'>%s</text>%n", left(panel), MARGIN - 16, title));
        for (int i = 0; i <= 5; i++) {
            double share = i / 5.0;
            svg.append(format(
                    "<line x1='%d' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#808080' stroke-opacity='0.35'/>%n",
                    left(panel), x(panel, Trace.ENDS), y(share), y(share)));
            svg.append(format(
                    "<text x='%d' y='%.1f' text-anchor='end'>" + label + "</text>%n",
                    left(panel) - 6,
                    y(share) + 4,
                    share * top * unit));
        }
        for (int minutes = 0; minutes * 60 <= Trace.ENDS; minutes += 15) {
            svg.append(format(
                    "<text x='%.1f' y='%d' text-anchor='middle'>%d</text>%n",
                    x(panel, minutes * 60), HEIGHT + MARGIN + 16, minutes));
        }
    }

    private static void line(StringBuilder svg, int panel, double[] perMinute, double top, String colour) {
        svg.append(format("<polyline fill='none' stroke='%s' stroke-width='2' points='", colour));
        for (int minute = 0; minute < perMinute.length; minute++) {
            svg.append(format("%.1f,%.1f ", x(panel, minute * Ground.PERIOD), y(perMinute[minute] / top)));
        }
        svg.append("'/>\n");
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
