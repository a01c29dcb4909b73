package corolla.model;

import corolla.base.time.Deadline;
import corolla.model.block.BackwardRequest;
import java.io.IOException;

/** Something that also computes gradients through all blocks of a model. Thread-safe. */
public interface BackwardExecutor extends BlockExecutor {

    /** Turns the gradient of the output of blocks {@code [from, to)} into that of their input, and of prompts if asked. */
    void backward(BackwardRequest request, Deadline deadline) throws IOException, InterruptedException;
}
