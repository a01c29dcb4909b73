package corolla.client;

import corolla.base.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Time that passes only when somebody sleeps, or when a test says so. Thread-safe. */
public final class FakeClock implements Clock {
    private final AtomicLong nanos = new AtomicLong(1_000_000);

    private volatile long eventNanoTime;
    private volatile @Nullable Runnable event;

    public FakeClock() {}

    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
        Runnable due = event;
        if (due != null && nanos.get() >= eventNanoTime) {
            event = null;
            due.run();
        }
    }

    /** Something that happens when that time has come; one at a time. */
    public void at(long nanoTime, Runnable what) {
        eventNanoTime = nanoTime;
        event = what;
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    @Override
    public Instant now() {
        return Instant.EPOCH.plusNanos(nanos.get());
    }

    @Override
    public void sleep(Duration time) {
        advance(time);
    }
}
