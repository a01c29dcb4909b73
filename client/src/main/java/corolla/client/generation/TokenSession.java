package corolla.client.generation;

import corolla.base.time.Deadline;
import java.io.IOException;

/** One sequence of tokens that is being continued: ids in, logits out. Confined to one thread; the caller closes it. */
public interface TokenSession extends AutoCloseable {

    /**
     * Feeds {@code ids} after the tokens fed so far.
     *
     * @return the logits that follow the last id; valid until the next call
     * @throws IOException when the model cannot be run before {@code deadline}
     */
    float[] step(int[] ids, Deadline deadline) throws IOException, InterruptedException;

    /** How many tokens have been fed. */
    int position();

    /** How many tokens can be fed in all. */
    int positionMax();

    /** Forgets the tokens from {@code position} on; {@code position} is at most {@link #position()}. */
    void rollBack(int position) throws IOException, InterruptedException;

    @Override
    void close();
}
