package corolla.testkit;

import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A wake-up at a point of virtual time; also the future by which the JDK cancels it. It has no result, and nobody waits for it. Confined to
 * the loop.
 */
final class Alarm implements ScheduledFuture<@Nullable Void> {
    private final Loop loop;
    private final long at;
    private final long order;
    private @Nullable Runnable action; // null once it rang or was cancelled
    private boolean isCancelled;

    /** @param order breaks ties: the one that was armed first rings first */
    Alarm(Loop loop, long at, long order, Runnable action) {
        this.loop = loop;
        this.at = at;
        this.order = order;
        this.action = action;
    }

    long at() {
        return at;
    }

    /** Rings, once. */
    void ring() {
        Runnable due = action;
        action = null;
        if (due != null) {
            due.run();
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        if (action == null) {
            return false;
        }
        action = null;
        isCancelled = true;
        loop.alarmCancelled();
        return true;
    }

    @Override
    public boolean isCancelled() {
        return isCancelled;
    }

    @Override
    public boolean isDone() {
        return action == null;
    }

    @Override
    public @Nullable Void get() {
        throw new UnsupportedOperationException("an alarm has no result");
    }

    @Override
    public @Nullable Void get(long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("an alarm has no result");
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(at - loop.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        Alarm that = (Alarm) other;
        return at != that.at ? Long.compare(at, that.at) : Long.compare(order, that.order);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(order);
    }
}
