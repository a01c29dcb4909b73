package corolla.base.task;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Virtual threads that do not outlive a {@code try} block. Thread-safe: tasks may fork tasks into their own scope.
 *
 * <p>An exception that leaves a task's body is given to whoever awaits the task. If nobody does, the scope logs it once, at
 * DEBUG for {@code IOException} and interruption, at ERROR for anything else (a bug): at once for {@link #run}, and for {@link
 * #fork}, whose result may still be asked for, when the scope closes or has kept too many.
 */
public interface TaskScope extends AutoCloseable {

    /**
     * Starts a virtual thread.
     *
     * @param name stable: "reader 12D3…Kx", never a thread id
     * @throws IllegalStateException when the scope is closed or cancelled, or has more tasks than any good caller needs
     */
    <T extends @Nullable Object> Task<T> fork(String name, Callable<T> body);

    /** Starts a virtual thread whose body returns nothing. */
    default Task<@Nullable Void> run(String name, Body body) {
        return this.<@Nullable Void>fork(name, () -> {
            body.run();
            return null;
        });
    }

    /** Cancels: interrupts every task. New forks are refused. Does not wait. */
    void cancel();

    /**
     * Cancels and waits until every task has ended, whatever that takes: an interruption is kept for later. A task that closes
     * its own scope waits for the others. Idempotent.
     */
    @Override
    void close();

    /** A body that may throw and returns nothing. */
    interface Body {
        void run() throws Exception;
    }
}
