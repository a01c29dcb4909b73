package corolla.base.internal;

import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;

/** Opens scopes whose threads come from one source. Thread-safe. */
public final class ThreadScopes implements TaskScopes {
    private final Clock clock;
    private final Source source;

    /** Where threads come from: the JDK's virtual threads, or those of a simulation. */
    @FunctionalInterface
    public interface Source {
        /** A thread of this name that runs {@code body} once it is started. */
        Thread newThread(String name, Runnable body);
    }

    public ThreadScopes(Clock clock, Source source) {
        this.clock = clock;
        this.source = source;
    }

    /** Scopes of the JDK's virtual threads. */
    public static ThreadScopes ofVirtualThreads(Clock clock) {
        return new ThreadScopes(
                clock, (name, body) -> Thread.ofVirtual().name(name).unstarted(body));
    }

    @Override
    public TaskScope open(String name) {
        return new ThreadScope(name, clock, source);
    }
}
