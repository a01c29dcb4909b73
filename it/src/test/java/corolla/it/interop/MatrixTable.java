package corolla.it.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What came out of each cell of the matrix, as a table for people. Confined to one thread. */
final class MatrixTable {
    private static final Path FILE = Path.of("target", "interop-matrix.txt");
    private static final String FORM = "%-9s %-9s %-14s %-6s %-6s %12s %12s %10s";

    private final List<Cell> cells = new ArrayList<>();

    /**
     * One client against one chain.
     *
     * @param logits largest difference from the reference
     * @param gradient largest difference of the inputs' gradient
     * @param stepsPerSecond one-token steps of a session; 0 where it was not measured
     */
    record Cell(
            String model,
            String bootstrap,
            String servers,
            String client,
            boolean greedyEqual,
            double logits,
            double gradient,
            double stepsPerSecond) {

        @Override
        public String toString() {
            return FORM.formatted(
                    model,
                    bootstrap,
                    servers,
                    client,
                    greedyEqual ? "equal" : "WRONG",
                    "%.2e".formatted(logits),
                    "%.2e".formatted(gradient),
                    stepsPerSecond == 0 ? "" : "%.0f".formatted(stepsPerSecond));
        }
    }

    void add(Cell cell) {
        cells.add(cell);
    }

    List<Cell> cells() {
        return cells;
    }

    /** Shows the table, and leaves it beside the test reports. */
    void show() throws IOException {
        var lines = new ArrayList<String>();
        lines.add(FORM.formatted("model", "bootstrap", "servers", "client", "greedy", "logits", "gradient", "steps/s"));
        cells.forEach(cell -> lines.add(cell.toString()));
        System.out.println(String.join("\n", lines));
        Files.createDirectories(FILE.getParent());
        lines.add("");
        Files.writeString(
                FILE,
                String.join("\n", lines),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
    }
}
