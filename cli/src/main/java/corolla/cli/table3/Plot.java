package corolla.cli.table3;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.List;
import java.util.Locale;

/**
 * The report's rows as bars, a panel for each column with a scale of its own; in colours for light and dark pages. Pure.
 *
 * @param title over all
 * @param rows from top to bottom
 */
public record Plot(String title, List<Row> rows) {
    private static final int LABELS = 300;
    private static final int PANEL = 170;
    private static final int NUMBER = 64;
    private static final int LINE = 22;
    private static final int TOP = 64;
    private static final int BAR = 14;
    private static final List<String> COLOURS = List.of("#0d9488", "#d97706", "#6366f1", "#be185d");
    private static final String GREY = "#808080";

    public Plot {
        rows = List.copyOf(rows);
    }

    /** As SVG. */
    public String svg() {
        int width = LABELS + Cell.values().length * (PANEL + NUMBER) + 10;
        int height = TOP + rows.size() * LINE + 30;
        StringBuilder svg = new StringBuilder();
        svg.append(format(
                "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12' fill='%s'>%n",
                width, height, GREY));
        svg.append(text(10, 20, "font-weight='bold'", title));
        List<String> groups = rows.stream().map(Row::group).distinct().toList();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            String label = row.group() + (row.network().isEmpty() ? "" : ", " + row.network());
            svg.append(text(10, TOP + i * LINE + BAR - 2, "", label));
        }
        int left = LABELS;
        for (Cell cell : Cell.values()) {
            panel(svg, cell, groups, left);
            left += PANEL + NUMBER;
        }
        svg.append(text(10, height - 10, "", "pale: computed; line: physical limit, where the panel has room for it"));
        return svg.append("</svg>\n").toString();
    }

    private void panel(StringBuilder svg, Cell cell, List<String> groups, int left) {
        double most = rows.stream()
                .mapToDouble(row -> row.figures().get(cell))
                .filter(Double::isFinite)
                .max()
                .orElse(1);
        svg.append(text(left, TOP - 14, "font-weight='bold'", cell.title()));
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            double value = row.figures().get(cell);
            if (!Double.isFinite(value)) {
                continue;
            }
            int top = TOP + i * LINE;
            double length = Math.max(1, value / most * PANEL);
            String colour = COLOURS.get(groups.indexOf(row.group()) % COLOURS.size());
            svg.append(format(
                    "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s' fill-opacity='%s'/>%n",
                    left, top, length, BAR, colour, row.origin() == Row.Origin.COMPUTED ? "0.4" : "1"));
            double limit = row.limits().get(cell) / most * PANEL;
            if (limit <= PANEL + NUMBER - 10) {
                svg.append(format(
                        "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s' stroke-width='2'/>%n",
                        left + limit, left + limit, top - 2, top + BAR + 2, GREY));
            }
            svg.append(text(left + (int) length + 4, top + BAR - 2, "", Report.number(value)));
        }
    }

    private static String text(int x, int y, String style, String text) {
        String harmless = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        return format("<text x='%d' y='%d' %s>%s</text>%n", x, y, style, harmless);
    }

    @FormatMethod
    private static String format(@FormatString String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
