package corolla.client;

import corolla.base.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes only when somebody sleeps, or when a test says so. Thread-safe. */
public final class FakeClock implements Clock {
    private final AtomicLong nanos = new AtomicLong(1_000_000);

    public FakeClock() {}

    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
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
