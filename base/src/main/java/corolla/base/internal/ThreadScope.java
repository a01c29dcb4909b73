package corolla.base.internal;

import corolla.base.task.Gate;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A scope of threads from a {@link ThreadScopes.Source}. Thread-safe. */
final class ThreadScope implements TaskScope {
    /** The last resort against a leak: whoever forks for a peer has a limit of its own, far below. */
    static final int TASKS_MAX = 100_000;

    /** Failures that wait for somebody to ask for them; beyond that the eldest is logged. */
    static final int FAILURES_MAX = 100;

    private final String name;
    private final Clock clock;
    private final ThreadScopes.Source source;
    private final ThreadScopes.Failures failures;
    private final Gate gate;
    private final Set<ThreadTask<?>> running = new LinkedHashSet<>(); // guarded by gate; in order of birth
    private final Set<ThreadTask<?>> failed = new LinkedHashSet<>(); // guarded by gate; nobody asked for them yet
    private boolean cancelled; // guarded by gate
    private int closers; // guarded by gate; tasks of this scope that wait in close

    ThreadScope(String name, Clock clock, ThreadScopes.Source source, ThreadScopes.Failures failures) {
        this.name = name;
        this.clock = clock;
        this.source = source;
        this.failures = failures;
        this.gate = new Gate(clock);
    }

    @Override
    public <T extends @Nullable Object> Task<T> fork(String taskName, Callable<T> body) {
        return start(new ThreadTask<>(this, taskName, body, clock, true));
    }

    @Override
    public Task<@Nullable Void> run(String taskName, Body body) {
        return start(new ThreadTask<@Nullable Void>(
                this,
                taskName,
                () -> {
                    body.run();
                    return null;
                },
                clock,
                false));
    }

    private <T extends @Nullable Object> ThreadTask<T> start(ThreadTask<T> task) {
        Thread thread = source.newThread(task.name(), task);
        task.setThread(thread);
        gate.lock();
        try {
            if (cancelled) {
                throw new IllegalStateException("scope '" + name + "' is closed, cannot run '" + task.name() + "'");
            }
            if (running.size() >= TASKS_MAX) {
                throw new IllegalStateException("scope '" + name + "' has " + TASKS_MAX + " tasks already");
            }
            running.add(task);
        } finally {
            gate.unlock();
        }
        thread.start();
        return task;
    }

    @Override
    public void cancel() {
        List<ThreadTask<?>> tasks;
        gate.lock();
        try {
            cancelled = true;
            tasks = new ArrayList<>(running);
        } finally {
            gate.unlock();
        }
        tasks.forEach(ThreadTask::cancel);
    }

    @Override
    public void close() {
        cancel();
        gate.lock();
        boolean own = running.stream().anyMatch(ThreadTask::isCurrent);
        boolean interrupted = false;
        try {
            if (own) { // a task cannot wait for its own end: it waits for those that do not wait themselves
                closers++;
                gate.signalAll();
            }
            while (running.size() > (own ? closers : 0)) {
                interrupted |= awaitChange();
            }
        } finally {
            gate.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        logAll();
    }

    /** Waits for a change even through an interruption, and tells whether there was one. */
    private boolean awaitChange() {
        try {
            gate.await(Deadline.never(clock));
            return false;
        } catch (InterruptedException _) {
            return true;
        }
    }

    /**
     * The task has ended.
     *
     * @param failure what left its body and nobody waits for: kept until somebody asks
     */
    void ended(ThreadTask<?> task, @Nullable Throwable failure) {
        ThreadTask<?> eldest = null;
        gate.lock();
        try {
            running.remove(task);
            if (failure != null) {
                failed.add(task);
                eldest = failed.size() > FAILURES_MAX ? failed.iterator().next() : null;
                failed.remove(eldest);
            }
            gate.signalAll();
        } finally {
            gate.unlock();
        }
        if (eldest != null) {
            log(eldest);
        }
    }

    /** Somebody has asked how the task ended. */
    void asked(ThreadTask<?> task) {
        gate.lock();
        try {
            failed.remove(task);
        } finally {
            gate.unlock();
        }
    }

    private void logAll() {
        List<ThreadTask<?>> rest;
        gate.lock();
        try {
            rest = new ArrayList<>(failed);
            failed.clear();
        } finally {
            gate.unlock();
        }
        rest.forEach(this::log);
    }

    /** Tells how a task ended that nobody awaited. */
    void log(ThreadTask<?> task) {
        Throwable failure = task.failure();
        if (failure != null) {
            failures.unawaited(name, task.name(), failure);
        }
    }
}
