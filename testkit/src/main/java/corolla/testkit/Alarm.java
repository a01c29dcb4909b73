package corolla.testkit;

import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A wake-up at a point of virtual time; also the future by which the JDK cancels it. Confined to the loop. */
final class Alarm extends FutureTask<@Nullable Void> implements ScheduledFuture<@Nullable Void> {
    private final Loop loop;
    private final long at;
    private final long order;

    /** @param order breaks ties: the one that was armed first rings first */
    Alarm(Loop loop, long at, long order, Runnable action) {
        super(action, null);
        this.loop = loop;
        this.at = at;
        this.order = order;
    }

    long at() {
        return at;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(false);
        if (cancelled) {
            loop.alarmCancelled();
        }
        return cancelled;
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
