package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.BlockStack;
import corolla.model.family.ModelConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * A complete model in this process, without a network: the reference that every swarm is compared with. Thread-safe.
 * Owns its weights.
 */
public final class LocalModel implements BlockExecutor, AutoCloseable {

    private LocalModel() {}

    /** Loads everything; the checkpoint may be closed afterwards, {@code team} is borrowed. */
    public static LocalModel load(Checkpoint checkpoint, WeightsType weights, Kernels kernels, Team team)
            throws IOException {
        throw new UnsupportedOperationException();
    }

    public ModelConfig config() {
        throw new UnsupportedOperationException();
    }

    public Ends ends() {
        throw new UnsupportedOperationException();
    }

    public BlockStack blocks() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int blockCount() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forward(Tensor hidden, int from, int to, Deadline deadline) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public Session open(int batch, int tokensMax, Deadline deadline) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /**
     * Logits of every position of equally long sequences, without a cache.
     *
     * @param ids (batch)(tokens)
     * @param arena owns the result
     * @return (batch, tokens, vocabularySize) f32
     */
    public Tensor logits(int[][] ids, Arena arena, Deadline deadline) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Continues {@code ids} by {@code count} most likely tokens; end tokens do not end it. Returns only the new ones. */
    public int[] greedy(int[] ids, int count, Deadline deadline) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
