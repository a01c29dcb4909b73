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
 * @param latent (n, latentSize)
 * @param feedForward for n rows
 * @param branch (n, H) where branches have norms of their own, else null
 * @param attention of n rows
 * @param adapted which rows have adapters, or null
 */
record BlockPass(
        Tensor hidden,
        Tensor normed,
        Tensor latent,
        FeedForwardSpace feedForward,
        @Nullable Tensor branch,
        AttentionCall attention,
        @Nullable AdaptedParts adapted) {

    /** Views of scratch for {@code rows} rows of a block of this kind; {@code queryKeyValue} and {@code attended} go into calls. */
    record Views(
            Tensor normed,
            Tensor queryKeyValue,
            Tensor attended,
            Tensor latent,
            FeedForwardSpace feedForward,
            @Nullable Tensor branch) {

        static Views of(Scratch scratch, BlockConfig config, int rows) {
            var attention = config.attention();
            return new Views(
                    scratch.normed().slice(0, rows),
                    BlockSizes.view(
                            scratch.queryKeyValue(), rows, attention.layout().columns()),
                    BlockSizes.view(scratch.attended(), rows, attention.layout().outColumns()),
                    BlockSizes.view(scratch.latent(), rows, attention.latentSize()),
                    FeedForwardSpace.of(
                            config.feedForward(),
                            Math.toIntExact(scratch.normed().columns()),
                            rows,
                            scratch.projected(),
                            scratch.inner(),
                            scratch.routed()),
                    config.layout().hasPostNorms() ? scratch.branch().slice(0, rows) : null);
        }
    }

    static BlockPass of(Tensor hidden, Views views, AttentionCall attention, @Nullable AdaptedParts adapted) {
        return new BlockPass(hidden, views.normed, views.latent, views.feedForward, views.branch, attention, adapted);
    }

    /** One block, as its layout says. Every member ends at a barrier. */
    void run(Worker member, BlockWeights weights) {
        Worker worker = member.with(adapted);
        weights.attentionNorm().apply(worker, hidden, normed);
        worker.barrier();
        weights.attention().attend(worker, normed, attention, null, latent);
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
        weights.attention().output(worker, attention, latent, hidden, true);
    }

    private void normThenFeedForward(Worker worker, BlockWeights weights) {
        weights.feedForwardNorm().apply(worker, hidden, normed);
        worker.barrier();
        weights.feedForward().forward(worker, normed, feedForward, hidden, true);
    }

    private void runFourNorms(Worker worker, BlockWeights weights) {
        Tensor added = Objects.requireNonNull(branch);
        weights.attention().output(worker, attention, latent, added, false);
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
