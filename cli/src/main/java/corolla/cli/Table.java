package corolla.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lines of columns, each as wide as its widest cell. Confined to one thread. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... head) {
        rows.add(head);
    }

    /** Adds a row; what others have said may stand in it as it came. */
    void row(String... cells) {
        rows.add(Arrays.stream(cells).map(Table::harmless).toArray(String[]::new));
    }

    /** Without what would move a terminal's cursor, or worse. */
    private static String harmless(String cell) {
        return cell.replaceAll("\\p{Cntrl}", "?");
    }

    /** The lines, head first. */
    List<String> lines() {
        int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(String[] row, int[] widths) {
        var line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            line.append(row[i]);
            line.append(" ".repeat(widths[i] - row[i].length() + 2));
        }
        return line.toString().stripTrailing();
    }
}
