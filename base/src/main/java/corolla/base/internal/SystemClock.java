package corolla.base.internal;

import corolla.base.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** The machine's own time. Thread-safe. */
public final class SystemClock implements Clock {

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        Thread.sleep(time);
    }
}
