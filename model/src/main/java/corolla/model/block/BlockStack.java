package corolla.model.block;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.family.ModelConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.util.List;

/**
 * The decoder blocks {@code [start, end)} of a model: shared, read-only weights. Thread-safe. Owns the memory of its
 * blocks; close it when no call runs.
 */
public final class BlockStack implements AutoCloseable {

    private BlockStack() {}

    /**
     * Loads blocks; touches only their part of the checkpoint, which may be closed afterwards.
     *
     * @param start first block
     * @param end block after the last
     * @throws corolla.model.family.CheckpointException when a tensor is missing or has a wrong shape
     */
    public static BlockStack load(Checkpoint checkpoint, int start, int end, WeightsType weights, Kernels kernels)
            throws IOException {
        throw new UnsupportedOperationException();
    }

    public ModelConfig config() {
        throw new UnsupportedOperationException();
    }

    public int start() {
        throw new UnsupportedOperationException();
    }

    public int end() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of keys and values that one token of one sequence takes in one block. */
    public long cacheBytesPerToken() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the weights of all blocks. */
    public long weightBytes() {
        throw new UnsupportedOperationException();
    }

    /** A cache for all blocks of this stack; the caller owns it. */
    public KvCache allocateCache(int batch, int tokensMax) {
        throw new UnsupportedOperationException();
    }

    /**
     * Prepares a forward over blocks {@code [from, to)}: leases scratch, checks shapes. Run it on a {@link Team} and close it.
     *
     * @param hidden (rows, hiddenSize) or (batch, tokens, hiddenSize) f32, changed in place
     * @param parts whose rows follow each other in {@code hidden}
     * @param from absolute index of the first block
     * @param to absolute index after the last block
     */
    public ForwardCall prepare(Tensor hidden, List<Part> parts, int from, int to, BlockHook hook) {
        throw new UnsupportedOperationException();
    }

    /** Prepares, runs and closes a forward of one part. */
    public void forward(Team team, Tensor hidden, Part part, int from, int to, Deadline deadline)
            throws IOException, InterruptedException {
        try (ForwardCall call = prepare(hidden, List.of(part), from, to, BlockHook.NONE)) {
            team.run(call, deadline);
        }
    }

    @Override
    public void close() {}
}
