package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * How well a model foretells a text: exp of the mean of -log p of each token after those before it in its window.
 *
 * @param tokens that were foretold
 * @param lossMean mean of -log p
 */
public record Perplexity(long tokens, double lossMean) {
    /** Rows of logits at once: 24 MiB for a vocabulary of 96 Ki. */
    private static final int ROWS_MAX = 64;

    public double value() {
        return Math.exp(lossMean);
    }

    /**
     * Cuts the text into windows that know nothing of each other.
     *
     * @param ids the text's tokens
     * @param window tokens of a window; the first of each is given, not foretold
     */
    public static Perplexity measure(
            Ends ends, BlockExecutor blocks, Team team, int[] ids, int window, Deadline deadline)
            throws IOException, InterruptedException {
        if (window < 2 || ids.length < 2) {
            throw new IllegalArgumentException(
                    ids.length + " tokens in windows of " + window + ": nothing to foretell");
        }
        long tokens = 0;
        double sum = 0;
        for (int start = 0; start + 1 < ids.length; start += window) {
            int[] part = Arrays.copyOfRange(ids, start, Math.min(ids.length, start + window));
            sum += loss(ends, blocks, team, part, deadline);
            tokens += part.length - 1;
        }
        return new Perplexity(tokens, sum / tokens);
    }

    private static double loss(Ends ends, BlockExecutor blocks, Team team, int[] ids, Deadline deadline)
            throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden = Tensor.allocate(
                    arena, DType.F32, 1, ids.length, ends.config().hiddenSize());
            ends.embed(ids, hidden);
            blocks.forward(hidden, 0, blocks.blockCount(), deadline);
            Tensor logits = ends.kernels()
                    .memory()
                    .allocate(arena, DType.F32, ROWS_MAX, ends.config().vocabularySize());
            double sum = 0;
            for (int start = 0; start < ids.length - 1; start += ROWS_MAX) {
                int end = Math.min(ids.length - 1, start + ROWS_MAX);
                int[] targets = Arrays.copyOfRange(ids, start + 1, end + 1);
                Tensor rows = logits.slice(0, end - start);
                ends.logits(team, hidden.slice(start, end), rows, deadline);
                sum += sum(ends.kernels().backward(), team, rows, targets, arena, deadline);
            }
            return sum;
        }
    }

    private static double sum(
            BackwardKernels kernels, Team team, Tensor logits, int[] targets, Arena arena, Deadline deadline)
            throws IOException, InterruptedException {
        Tensor losses = Tensor.allocate(arena, DType.F32, targets.length, 1);
        team.run(me -> kernels.crossEntropy(me, logits, targets, 1, losses), deadline);
        double sum = 0;
        for (int i = 0; i < targets.length; i++) {
            sum += losses.getFloat(i);
        }
        return sum;
    }
}
