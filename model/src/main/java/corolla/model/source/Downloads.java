package corolla.model.source;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Runs transfers until they are whole: tries again after what another attempt may mend, waits as long as the hub wishes, and
 * gives up after some attempts that brought nothing. Confined to one thread.
 */
final class Downloads {
    private static final System.Logger LOG = System.getLogger(Downloads.class.getName());
    private static final int ATTEMPTS_MAX = 5; // without a byte of progress between them
    private static final Duration BACKOFF = Duration.ofSeconds(1); // doubled each time
    private static final Duration WAIT_MAX =
            Duration.ofMinutes(5); // the hub counts requests in windows of five minutes
    private static final Duration STALL_MAX = Duration.ofSeconds(60); // without a byte
    private static final Duration TELL_EVERY = Duration.ofMillis(500);

    private final Environment environment;
    private final Deadline deadline;

    Downloads(Environment environment, Deadline deadline) {
        this.environment = environment;
        this.deadline = deadline;
    }

    Deadline deadline() {
        return deadline;
    }

    /**
     * Runs one transfer to its end.
     *
     * @param name for messages
     * @param progress is told how many bytes are there, a few times a second
     */
    void run(Transfer transfer, String name, LongConsumer progress) throws IOException, InterruptedException {
        List<String> failures = new ArrayList<>();
        long bytesBefore = -1;
        while (true) {
            try {
                attempt(transfer, name, progress);
                progress.accept(transfer.bytes());
                return;
            } catch (DeadlineException | RangeIgnoredException | ChangedException last) {
                throw last;
            } catch (IOException failed) {
                if (failed instanceof HubException answer && !answer.isWorthRetrying()) {
                    throw failed;
                }
                if (transfer.bytes() > bytesBefore) {
                    failures.clear();
                }
                bytesBefore = transfer.bytes();
                failures.add(String.valueOf(failed.getMessage()));
                if (failures.size() >= ATTEMPTS_MAX) {
                    throw new IOException(
                            name + " failed " + failures.size() + " times, at last: " + failures.getLast(), failed);
                }
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "download interrupted file={0} bytes={1} why={2}",
                        name,
                        bytesBefore,
                        failed);
                pause(failed, failures.size(), name);
            }
        }
    }

    private void pause(IOException failed, int failures, String name) throws IOException, InterruptedException {
        Optional<Duration> wished = failed instanceof HubException answer ? answer.retryAfter() : Optional.empty();
        Duration time = wished.orElse(BACKOFF.multipliedBy(1L << (failures - 1)));
        if (time.compareTo(WAIT_MAX) > 0) {
            throw new IOException(name + ": the server wishes no request for " + time.toSeconds() + " s, more than "
                    + WAIT_MAX.toSeconds() + " s: try again later (" + failed.getMessage() + ")");
        }
        if (deadline.remaining(environment.clock()).compareTo(time) <= 0) {
            throw new DeadlineException("no time left to try " + name + " again (" + failed.getMessage() + ")");
        }
        environment.clock().sleep(time);
    }

    private void attempt(Transfer transfer, String name, LongConsumer progress)
            throws IOException, InterruptedException {
        try (TaskScope scope = environment.tasks().open("download of " + name)) {
            Task<Boolean> task = scope.fork("transfer", () -> {
                transfer.run();
                return true;
            });
            long bytes = -1;
            Deadline stall = Deadline.after(environment.clock(), STALL_MAX);
            while (!isDone(task)) {
                progress.accept(transfer.bytes());
                if (transfer.bytes() != bytes) {
                    bytes = transfer.bytes();
                    stall = Deadline.after(environment.clock(), STALL_MAX);
                } else if (stall.isOver(environment.clock())) {
                    throw new IOException(
                            name + " stalled for " + STALL_MAX.toSeconds() + " s after " + bytes + " bytes");
                }
            }
        }
    }

    private boolean isDone(Task<Boolean> task) throws IOException, InterruptedException {
        Deadline soon = Deadline.after(environment.clock(), TELL_EVERY);
        try {
            task.await(soon.earlier(deadline));
            return true;
        } catch (DeadlineException goesOn) {
            if (deadline.isOver(environment.clock())) {
                throw new DeadlineException("download did not end in time");
            }
            return false;
        }
    }
}
