package corolla.base.internal;

import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import java.io.IOException;
import java.util.concurrent.CancellationException;

/** Opens scopes whose threads come from one source. Thread-safe. */
public final class ThreadScopes implements TaskScopes {
    private static final System.Logger LOG = System.getLogger(TaskScope.class.getName());

    private final Clock clock;
    private final Source source;
    private final Failures failures;

    /** Where threads come from: the JDK's virtual threads, or those of a simulation. */
    @FunctionalInterface
    public interface Source {
        /** A thread of this name that runs {@code body} once it is started. */
        Thread newThread(String name, Runnable body);
    }

    /** Who hears of what left a body and nobody awaited. */
    @FunctionalInterface
    public interface Failures {
        void unawaited(String scope, String task, Throwable failure);
    }

    public ThreadScopes(Clock clock, Source source, Failures failures) {
        this.clock = clock;
        this.source = source;
        this.failures = failures;
    }

    /** Scopes of the JDK's virtual threads, whose failures are logged. */
    public static ThreadScopes ofVirtualThreads(Clock clock) {
        return new ThreadScopes(
                clock, (name, body) -> Thread.ofVirtual().name(name).unstarted(body), ThreadScopes::log);
    }

    @Override
    public TaskScope open(String name) {
        return new ThreadScope(name, clock, source, failures);
    }

    /** Whether a failure is a bug of ours, and not a peer's doing or a cancellation. */
    public static boolean isBug(Throwable failure) {
        return !(failure instanceof IOException
                || failure instanceof InterruptedException
                || failure instanceof CancellationException);
    }

    private static void log(String scope, String task, Throwable failure) {
        if (isBug(failure)) {
            LOG.log(System.Logger.Level.ERROR, "task failed task='" + task + "' scope='" + scope + "'", failure);
        } else {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "task ended task='" + task + "' scope='" + scope + "' why=" + failure);
        }
    }
}
