package corolla.cli.blocks;

import corolla.cli.synthetic.ModelShape;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The figures as Markdown. Pure.
 *
 * @param shape whose block
 * @param readBytesPerSecond what the kernels' memory gives
 * @param peakFlops of dense products of bf16
 */
record BlocksReport(ModelShape shape, double readBytesPerSecond, OptionalDouble peakFlops) {

    /** Heading of decoding's table. */
    String decodeHead(List<Integer> sequences) {
        StringBuilder head = new StringBuilder("| weights | MB |");
        StringBuilder rule = new StringBuilder("| --- | --- |");
        for (int count : sequences) {
            head.append(count == 1 ? " 1 sequence |" : " " + count + " sequences |");
            rule.append(" --- |");
        }
        return "A token of each sequence, " + BlockBench.TOKENS
                + " before it: time, and the weights' bytes a second (share of the memory's read speed)\n\n" + head
                + "\n" + rule + "\n";
    }

    String decodeLine(BlockRow row, List<Integer> sequences) {
        StringBuilder line = new StringBuilder("| " + row.name() + " | " + megabytes(row.weightBytes()) + " |");
        for (int count : sequences) {
            Double seconds = row.decode().get(count);
            line.append(' ').append(decoded(seconds, row.weightBytes())).append(" |");
        }
        return line.append('\n').toString();
    }

    private static String megabytes(double bytes) {
        return Double.isNaN(bytes) ? "–" : String.format(Locale.ROOT, "%,.1f", bytes / 1e6);
    }

    private String decoded(@Nullable Double seconds, double bytes) {
        if (seconds == null) {
            return "–";
        }
        if (Double.isNaN(bytes)) {
            return time(seconds);
        }
        double speed = bytes / seconds;
        return String.format(
                Locale.ROOT, "%s, %,.1f GB/s (%.0f %%)", time(seconds), speed / 1e9, 100 * speed / readBytesPerSecond);
    }

    /** Heading of the batches' table. */
    String batchHead() {
        return "\nSequences of " + BlockBench.TOKENS + " tokens: time, and products' operations a second"
                + (peakFlops.isPresent()
                        ? String.format(
                                Locale.ROOT,
                                " (share of the %,.0f TFLOP/s that the data sheet promises)",
                                peakFlops.getAsDouble() / 1e12)
                        : "")
                + ". Backward counts the gradients' operations alone; ours computes the forward again.\n\n"
                + "| weights | tokens | forward | backward |\n| --- | --- | --- | --- |\n";
    }

    String batchLines(BlockRow row, List<Integer> batches) {
        StringBuilder lines = new StringBuilder();
        for (int count : batches) {
            lines.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %s | %s |%n",
                    row.name(),
                    count * BlockBench.TOKENS,
                    computed(row.forward().get(count), count),
                    computed(row.backward().get(count), count)));
        }
        return lines.toString();
    }

    private String computed(@Nullable Double seconds, int sequences) {
        if (seconds == null) {
            return "–";
        }
        double speed = 2.0 * shape.blockWeights() * sequences * BlockBench.TOKENS / seconds;
        String share = peakFlops.isPresent()
                ? String.format(Locale.ROOT, " (%.0f %%)", 100 * speed / peakFlops.getAsDouble())
                : "";
        return String.format(Locale.ROOT, "%s, %,.2f TFLOP/s%s", time(seconds), speed / 1e12, share);
    }

    private static String time(double seconds) {
        return seconds < 1e-3
                ? String.format(Locale.ROOT, "%.0f µs", seconds * 1e6)
                : String.format(Locale.ROOT, "%,.2f ms", seconds * 1e3);
    }
}
