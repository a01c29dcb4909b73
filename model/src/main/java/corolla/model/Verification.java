package corolla.model;

import corolla.base.time.Deadline;
import corolla.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Compares what blocks and ends compute with what a reference computed: {@code expected.safetensors} beside a checkpoint
 * holds {@code input_ids}, {@code embedded}, {@code block.N}, {@code logits} and {@code greedy}.
 */
public final class Verification {

    private Verification() {}

    /**
     * Runs a checkpoint's reference inputs.
     *
     * @param expected the file of reference tensors
     * @param blocks what is judged: {@link LocalModel}, or a swarm
     * @param ends embeddings and head of the same checkpoint
     * @param weights what the blocks keep their matrices in; decides the tolerances
     */
    public static VerificationReport run(
            Path expected, Ends ends, BlockExecutor blocks, DType weights, corolla.base.compute.Team team, Deadline deadline)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }
}
