package corolla.model.block;

import corolla.model.family.BlockConfig;
import corolla.tensor.AttentionCall;
import corolla.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One chunk of rows on its way through one block: views of the hidden state and of scratch. n rows, H the hidden size.
 *
 * @param hidden (n, H), changed in place
 * @param normed (n, H)
 * @param feedForward for n rows
 * @param branch (n, H) where branches have norms of their own, else null
 * @param attention its output is (n, querySize)
 */
record BlockPass(
        Tensor hidden,
        Tensor normed,
        FeedForwardSpace feedForward,
        @Nullable Tensor branch,
        AttentionCall attention) {

    /** Views of scratch for {@code rows} rows of a block of this kind; {@code queryKeyValue} and {@code attended} go into calls. */
    record Views(
            Tensor normed,
            Tensor queryKeyValue,
            Tensor attended,
            FeedForwardSpace feedForward,
            @Nullable Tensor branch) {

        static Views of(Scratch scratch, BlockConfig config, int rows) {
            var attention = config.attention();
            long queries = attention.querySize();
            return new Views(
                    scratch.normed().slice(0, rows),
                    BlockSizes.view(scratch.queryKeyValue(), rows, queries + 2L * attention.keyValueSize()),
                    BlockSizes.view(scratch.attended(), rows, queries),
                    new FeedForwardSpace(
                            BlockSizes.view(
                                    scratch.projected(),
                                    rows,
                                    config.feedForward().projectedSize()),
                            BlockSizes.view(
                                    scratch.inner(), rows, config.feedForward().innerSize())),
                    config.layout().hasPostNorms() ? scratch.branch().slice(0, rows) : null);
        }
    }

    static BlockPass of(Tensor hidden, Views views, AttentionCall attention) {
        return new BlockPass(hidden, views.normed, views.feedForward, views.branch, attention);
    }

    /** One block, as its layout says. Every member ends at a barrier. */
    void run(Worker worker, BlockWeights weights) {
        weights.attentionNorm().apply(worker, hidden, normed);
        worker.barrier();
        weights.attention().attend(worker, normed, attention, null);
        switch (weights.config().layout()) {
            case SEQUENTIAL -> {
                addAttention(worker, weights);
                worker.barrier();
                normThenFeedForward(worker, weights);
            }
            case SEQUENTIAL_FOUR_NORMS -> runFourNorms(worker, weights);
            case PARALLEL -> {
                // The feed-forward part reads what attention does not write.
                addAttention(worker, weights);
                weights.feedForward().forward(worker, normed, feedForward, hidden, true);
            }
            case PARALLEL_TWO_NORMS -> {
                weights.feedForwardNorm().apply(worker, hidden, normed);
                worker.barrier();
                addAttention(worker, weights);
                weights.feedForward().forward(worker, normed, feedForward, hidden, true);
            }
        }
    }

    private void addAttention(Worker worker, BlockWeights weights) {
        weights.attention().output().addTo(worker, attention.out(), hidden);
    }

    private void normThenFeedForward(Worker worker, BlockWeights weights) {
        weights.feedForwardNorm().apply(worker, hidden, normed);
        worker.barrier();
        weights.feedForward().forward(worker, normed, feedForward, hidden, true);
    }

    private void runFourNorms(Worker worker, BlockWeights weights) {
        Tensor added = Objects.requireNonNull(branch);
        weights.attention().output().apply(worker, attention.out(), added);
        worker.barrier();
        Objects.requireNonNull(weights.attentionPostNorm()).addTo(worker, added, hidden);
        worker.barrier();
        weights.feedForwardNorm().apply(worker, hidden, normed);
        worker.barrier();
        weights.feedForward().forward(worker, normed, feedForward, added, false);
        Objects.requireNonNull(weights.feedForwardPostNorm()).addTo(worker, added, hidden);
        worker.barrier();
    }
}
