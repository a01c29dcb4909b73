package corolla.cli.table3;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The figures as Markdown. Pure.
 *
 * @param facts what was measured, and where: name and text
 * @param rows in the order in which they were measured
 * @param remarks what else a reader must know, a sentence each
 * @param plot the file of the plot beside the report; empty for none
 */
public record Report(Map<String, String> facts, List<Row> rows, List<String> remarks, String plot) {

    public Report {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
        rows = List.copyOf(rows);
        remarks = List.copyOf(remarks);
    }

    /** The table's first two lines. */
    public static String head() {
        return "| blocks | network | " + titles() + " | physical limit of each | Petals, another model and machines |\n"
                + "| --- | --- |" + " --- |".repeat(Cell.values().length + 2) + "\n";
    }

    private static String titles() {
        return Arrays.stream(Cell.values()).map(Cell::title).collect(Collectors.joining(" | "));
    }

    /** A line of the table. */
    public static String line(Row row) {
        StringBuilder line = new StringBuilder("| " + row.group() + " | " + row.network() + " | ");
        for (Cell cell : Cell.values()) {
            String number = number(row.figures().get(cell));
            line.append(row.origin() == Row.Origin.COMPUTED && !number.equals("–") ? "(" + number + ")" : number);
            line.append(" | ");
        }
        return line.append(all(row.limits()))
                .append(" | ")
                .append(all(row.petals()))
                .append(" |\n")
                .toString();
    }

    /** The whole report. */
    public String markdown() {
        StringBuilder text = new StringBuilder("# Table 3 of Petals, measured here\n\n");
        text.append(
                        "`./corolla bench table3` has written this. Steps are of one sequence, one token each, at the last positions before")
                .append(
                        " the named length; forwards are of 128 tokens a sequence, without a cache. Both through all blocks,")
                .append(
                        " without embeddings and head. In braces: computed from what else was measured, not measured.\n\n");
        facts.forEach((name, value) ->
                text.append("- ").append(name).append(": ").append(value).append('\n'));
        text.append('\n').append(head());
        rows.forEach(row -> text.append(line(row)));
        if (!plot.isEmpty()) {
            text.append("\n![the same as bars](").append(plot).append(")\n");
        }
        text.append(losses());
        text.append("\n## How to read it\n\n");
        remarks.forEach(remark -> text.append("- ").append(remark).append('\n'));
        return text.toString();
    }

    /** What the slowest network leaves of the fastest, by group; empty where there is only one. */
    private String losses() {
        Map<String, List<Row>> groups =
                rows.stream().collect(Collectors.groupingBy(Row::group, LinkedHashMap::new, Collectors.toList()));
        StringBuilder table = new StringBuilder();
        groups.forEach((group, all) -> {
            Row first = all.getFirst();
            Row last = all.getLast();
            if (first.network().equals(NetworkSetting.TABLE.getFirst().name())
                    && last.network().equals(NetworkSetting.TABLE.getLast().name())) {
                table.append(kept(group, first.figures(), last.figures()));
                table.append(kept(group + ", Petals", first.petals(), last.petals()));
            }
        });
        if (table.isEmpty()) {
            return "";
        }
        return "\nWhat " + NetworkSetting.TABLE.getLast().name() + " leaves of "
                + NetworkSetting.TABLE.getFirst().name()
                + ", and what a step or a forward takes longer. The share depends on how long computing takes, the seconds on the network:"
                + "\n\n| blocks | " + titles() + " |\n| --- |"
                + " --- |".repeat(Cell.values().length) + "\n" + table;
    }

    /** The share that is left, and what each step or forward takes more. */
    private static String kept(String name, Figures before, Figures after) {
        if (before.isEmpty()) {
            return "";
        }
        StringBuilder line = new StringBuilder("| " + name + " |");
        for (Cell cell : Cell.values()) {
            double share = after.get(cell) / before.get(cell);
            double more = cell.tokens() / after.get(cell) - cell.tokens() / before.get(cell);
            line.append(
                    Double.isNaN(share)
                            ? " – |"
                            : String.format(Locale.ROOT, " %.0f %%, %+.3f s |", 100 * share, more));
        }
        return line + "\n";
    }

    private static String all(Figures figures) {
        return figures.isEmpty()
                ? "–"
                : figures.values().values().stream().map(Report::number).collect(Collectors.joining(" · "));
    }

    /** Three digits that matter. */
    static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return "–";
        }
        String pattern = value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, pattern, value);
    }
}
