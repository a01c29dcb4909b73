package corolla.model.block;

import corolla.model.family.BlockConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one block. Immutable; owns its arena.
 *
 * @param attentionPostNorm of the attention part's output, or null
 * @param feedForwardNorm the same as {@code attentionNorm} where parallel branches share one
 * @param feedForwardPostNorm of the feed-forward part's output, or null
 */
record BlockWeights(
        Arena arena,
        BlockConfig config,
        Norm attentionNorm,
        AttentionPart attention,
        @Nullable Norm attentionPostNorm,
        Norm feedForwardNorm,
        FeedForward feedForward,
        @Nullable Norm feedForwardPostNorm)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // the weights own the arena
    static BlockWeights load(Checkpoint checkpoint, int block, WeightsType type, Kernels kernels) throws IOException {
        Arena arena = Arena.ofShared();
        try (Arena passing = Arena.ofShared()) {
            return new BlockReader(checkpoint, block, type, kernels, arena, passing).read();
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** All of its projections. */
    List<Projection> projections() {
        List<Projection> all = new ArrayList<>(attention.projections());
        all.addAll(feedForward.projections());
        return all;
    }

    /** Memory that one pass over the matrices reads. */
    long bytes() {
        return attention.bytes() + feedForward.bytes();
    }

    @Override
    public void close() {
        arena.close();
    }
}
