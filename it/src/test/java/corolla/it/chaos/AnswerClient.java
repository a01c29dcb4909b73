package corolla.it.chaos;

import corolla.base.time.Deadline;
import java.io.IOException;
import java.util.Set;

/** A client of a swarm that generates answers. Confined to its owner's thread, which closes it; {@link #used} is for any thread. */
interface AnswerClient extends AutoCloseable {

    /** How many blocks the model has. */
    int blocks();

    int vocabularySize();

    /** The peers of the answer under way, as text; empty when there is none, or they are not known. */
    Set<String> used();

    /**
     * Generates greedily, past the end of the answer if there is one; notes each step.
     *
     * @param end by when it is given up
     * @throws IOException when it is given up, or the swarm failed
     * @throws corolla.swarm.SwarmException when the swarm failed
     */
    int[] answer(int[] prompt, int tokens, Timeline timeline, Deadline end) throws IOException, InterruptedException;

    @Override
    void close();
}
