package corolla.testkit;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Runs each task at once, on the thread that forks it: for tests in which nothing waits for anything. Thread-safe. */
public final class InlineScope implements TaskScope {

    /** A scope that outlives nothing. */
    public InlineScope() {}

    @Override
    public <T extends @Nullable Object> Task<T> fork(String name, Callable<T> body) {
        try {
            T result = body.call();
            return new Done<>(result, null);
        } catch (IOException e) {
            return new Done<>(null, e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}

    private record Done<T extends @Nullable Object>(
            @Nullable T result, @Nullable IOException failure) implements Task<T> {
        @Override
        @SuppressWarnings("NullAway") // a task of nothing has the result null
        public T await(Deadline deadline) throws IOException {
            if (failure != null) {
                throw failure;
            }
            return result;
        }

        @Override
        public boolean isDone() {
            return true;
        }

        @Override
        public void cancel() {}
    }
}
