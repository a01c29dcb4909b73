package corolla.base.task;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Does independent pieces of computing, some at a time. Thread-safe. */
public interface Sharing {

    /** One after another, on the caller's thread. */
    Sharing ALONE = (pieces, body) -> {
        for (long piece = 0; piece < pieces; piece++) {
            body.run(piece);
        }
    };

    /** A piece; runs beside others. */
    interface Piece {
        void run(long index) throws IOException;
    }

    /**
     * Does the pieces 0 to {@code pieces - 1}; all have ended when this returns or throws.
     *
     * @throws IOException one piece's, or unchecked ones as they are; then pieces that have not begun are left out
     */
    void run(long pieces, Piece body) throws IOException, InterruptedException;

    /**
     * On virtual threads. Each takes the next piece when it has done one.
     *
     * @param threads at a time; where it is as many as there are cores, nothing else of the process runs meanwhile
     */
    static Sharing among(TaskScopes tasks, Clock clock, int threads) {
        if (threads <= 1) {
            return ALONE;
        }
        return (pieces, body) -> {
            var next = new AtomicLong();
            List<Task<?>> all = new ArrayList<>();
            try (TaskScope scope = tasks.open("shared work")) {
                for (int i = 0; i < Math.min(threads, pieces); i++) {
                    all.add(scope.run("share " + i, () -> {
                        for (long piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                            try {
                                body.run(piece);
                            } catch (IOException | RuntimeException | Error failed) {
                                next.set(pieces);
                                throw failed;
                            }
                        }
                    }));
                }
                for (Task<?> task : all) {
                    task.await(Deadline.never(clock));
                }
            } finally {
                next.set(pieces); // whoever is interrupted waits for pieces that have begun, and no others
            }
        };
    }
}
