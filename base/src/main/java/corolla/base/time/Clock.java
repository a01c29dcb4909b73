package corolla.base.time;

import java.time.Duration;
import java.time.Instant;

/** The only door to time. Thread-safe. */
public interface Clock {

    /** Monotonic nanoseconds from an arbitrary origin; compare differences only. */
    long nanoTime();

    /** Wall-clock time, as expirations on the wire use it. */
    Instant now();

    /** Waits for {@code time} of this clock. */
    void sleep(Duration time) throws InterruptedException;
}
