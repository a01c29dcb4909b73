package corolla.model;

import corolla.base.time.Deadline;
import corolla.tensor.Tensor;
import java.io.IOException;

/** Something that runs all blocks of a model: this process, or a swarm. Thread-safe. */
public interface BlockExecutor {

    int blockCount();

    /**
     * Runs blocks {@code [from, to)} without a cache.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     */
    void forward(Tensor hidden, int from, int to, Deadline deadline) throws IOException, InterruptedException;

    /** Opens a session over all blocks; the caller closes it. */
    Session open(int batch, int tokensMax, Deadline deadline) throws IOException, InterruptedException;

    /** Steps with a cache. Confined: one step at a time. */
    interface Session extends AutoCloseable {

        /** Tokens that the session has seen. */
        int position();

        /**
         * Runs all blocks over the next tokens.
         *
         * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
         */
        void step(Tensor hidden, Deadline deadline) throws IOException, InterruptedException;

        /** Forgets the tokens from {@code position} on. */
        void truncate(int position) throws IOException, InterruptedException;

        @Override
        void close();
    }
}
