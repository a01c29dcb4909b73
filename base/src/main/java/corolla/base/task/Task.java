package corolla.base.task;

import corolla.base.time.Deadline;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One running or ended body. Thread-safe. */
public interface Task<T extends @Nullable Object> {

    /**
     * Waits for the result.
     *
     * @throws IOException the body's own, or one that wraps another checked exception of the body; unchecked ones come as they are
     * @throws java.util.concurrent.CancellationException when the task was cancelled and ended by that
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first (the task goes on)
     */
    T await(Deadline deadline) throws IOException, InterruptedException;

    boolean isDone();

    /** Interrupts the task's thread. */
    void cancel();
}
