package corolla.base.compute;

import corolla.base.time.Deadline;
import java.io.IOException;

/**
 * The compute threads of a process: one per core, fixed. All members run the same body side by side, each on its own share
 * of the work (single program, multiple data), and meet at barriers; so a whole span of blocks costs one hand-over a step.
 * Thread-safe: callers wait in a bounded queue, one body runs at a time.
 */
public interface Team {

    /** How many members run a body. */
    int size();

    /**
     * Runs {@code body} on every member and waits for the last one. Called from virtual threads; they wait, members compute.
     * When one member's body throws, barriers of the others throw too, and the first exception is rethrown here.
     *
     * @throws IOException when the queue is full or {@code deadline} is over before the body could start
     */
    void run(Body body, Deadline deadline) throws IOException, InterruptedException;

    /** What every member executes. */
    interface Body {
        void run(Member me);
    }
}
