package corolla.cli;

import java.util.Locale;

/**
 * Shows how far something is: one line that redraws itself where a person watches, one line at the beginning and one at the
 * end where a file or a program does. Confined to one thread.
 */
final class ProgressBar {
    private static final int CELLS = 32;
    private final Console console;
    private String shown = "";
    private String label = "";

    ProgressBar(Console console) {
        this.console = console;
    }

    /** @param total -1 when it is unknown */
    void update(String newLabel, long bytes, long total) {
        boolean isNew = !newLabel.equals(label);
        label = newLabel;
        if (console.errIsTerminal()) {
            redraw(line(newLabel, bytes, total));
        } else if (isNew) {
            console.err().println("fetching " + newLabel + (total < 0 ? "" : " (" + Sizes.bytes(total) + ")"));
        }
    }

    /** Leaves the last state standing. */
    void finish() {
        if (console.errIsTerminal() && !shown.isEmpty()) {
            console.err().println();
        }
        shown = "";
        label = "";
    }

    private void redraw(String line) {
        if (!line.equals(shown)) {
            console.err().print("\r" + line + "\u001b[K");
            console.err().flush();
            shown = line;
        }
    }

    static String line(String label, long bytes, long total) {
        if (total <= 0) {
            return "  " + label + "  " + Sizes.bytes(bytes);
        }
        double part = Math.clamp((double) bytes / total, 0, 1);
        int full = (int) (part * CELLS);
        return String.format(
                Locale.ROOT,
                "  %s  %s%s %3d %%  %s of %s",
                label,
                "█".repeat(full),
                "░".repeat(CELLS - full),
                (int) (part * 100),
                Sizes.bytes(bytes),
                Sizes.bytes(total));
    }
}
