package corolla.server.scheduler;

import corolla.base.time.Deadline;
import java.io.IOException;

/** Computes a step whose turn has come. */
@FunctionalInterface
public interface StepRunner {

    /** Runs the step on the compute threads and waits for its end. */
    void run(Step step, Deadline deadline) throws IOException, InterruptedException;
}
