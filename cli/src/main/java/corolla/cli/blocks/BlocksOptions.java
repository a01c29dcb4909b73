package corolla.cli.blocks;

import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.Weights;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What to measure.
 *
 * @param shape whose block
 * @param weights how it is kept, one after another
 * @param decoded sequences that are continued by a token at a time
 * @param batches sequences of 128 tokens that go through at a time, forward and backward
 * @param time of each figure
 * @param peakFlops what the device's data sheet promises for dense products of bf16; empty: not known
 * @param python a Python with PyTorch and transformers; empty: without
 */
public record BlocksOptions(
        ModelShape shape,
        List<Weights> weights,
        List<Integer> decoded,
        List<Integer> batches,
        Duration time,
        OptionalDouble peakFlops,
        Optional<Path> python) {
    private static final int MOST = 1024;

    public BlocksOptions {
        weights = List.copyOf(weights);
        decoded = List.copyOf(decoded);
        batches = List.copyOf(batches);
        requireCounts("--decode", decoded);
        requireCounts("--batches", batches);
        if (weights.isEmpty() || !time.isPositive() || time.toHours() > 0) {
            throw new IllegalArgumentException("--weights must name some, --seconds be more than 0 and less than 3600");
        }
    }

    private static void requireCounts(String option, List<Integer> counts) {
        if (counts.stream().anyMatch(count -> count < 1 || count > MOST)) {
            throw new IllegalArgumentException(option + " " + counts + ": give numbers of 1 to " + MOST);
        }
    }
}
