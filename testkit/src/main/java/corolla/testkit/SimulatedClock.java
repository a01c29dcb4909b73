package corolla.testkit;

import corolla.base.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** One node's view of virtual time; its wall clock may be wrong. */
final class SimulatedClock implements Clock {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final Loop loop;
    private Duration error = Duration.ZERO;

    SimulatedClock(Loop loop) {
        this.loop = loop;
    }

    @Override
    public long nanoTime() {
        return loop.nanoTime();
    }

    @Override
    public Instant now() {
        return START.plusNanos(loop.nanoTime()).plus(error);
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        long end = nanoTime() + time.toNanos();
        do {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.parkNanos(this, Math.max(0, end - nanoTime()));
        } while (nanoTime() < end);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    void setError(Duration error) {
        this.error = error;
    }
}
