package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.family.ModelConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;

/**
 * What stands before and after the blocks: embeddings, the final norm and the head. Thread-safe. Owns its weights; close
 * it when no call runs.
 */
public final class Ends implements AutoCloseable {

    private Ends() {}

    public static Ends load(Checkpoint checkpoint, WeightsType weights, Kernels kernels) throws IOException {
        throw new UnsupportedOperationException();
    }

    public ModelConfig config() {
        throw new UnsupportedOperationException();
    }

    /**
     * Looks tokens up.
     *
     * @param ids each in {@code [0, vocabularySize)}, else {@link IllegalArgumentException}
     * @param out (ids.length, hiddenSize) f32, or any shape with as many values
     */
    public void embed(int[] ids, Tensor out) {
        throw new UnsupportedOperationException();
    }

    /**
     * Final norm and head.
     *
     * @param hidden (rows, hiddenSize) f32: only the rows whose logits are wanted; not changed
     * @param logits (rows, vocabularySize) f32
     */
    public void logits(Team team, Tensor hidden, Tensor logits, Deadline deadline)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
