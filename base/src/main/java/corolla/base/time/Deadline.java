package corolla.base.time;

import java.time.Duration;

/**
 * A point of a {@link Clock}'s monotonic time by which something must be done. Absolute, so that it is passed down
 * through layers unchanged, and no layer starts a fresh timeout.
 *
 * @param nanoTime on the scale of {@link Clock#nanoTime()}
 */
public record Deadline(long nanoTime) {

    /** Ten years: for waits that another event ends (closing, interruption), never for a wait on a remote. */
    private static final Duration NEVER = Duration.ofDays(3650);

    private static final long FAR_NANOS = Duration.ofDays(1825).toNanos();

    public static Deadline after(Clock clock, Duration time) {
        return new Deadline(clock.nanoTime() + time.toNanos());
    }

    /** A deadline that does not come: for waits which closing or interruption ends, never for a wait on a remote. */
    public static Deadline never(Clock clock) {
        return after(clock, NEVER);
    }

    public boolean isOver(Clock clock) {
        return remainingNanos(clock) <= 0;
    }

    /** Whether it is so far away that nothing needs to wake up for it: one that {@link #never} comes, or as good as that. */
    public boolean isFar(Clock clock) {
        return remainingNanos(clock) > FAR_NANOS;
    }

    /** Time left; zero once the deadline is over. */
    public Duration remaining(Clock clock) {
        return Duration.ofNanos(Math.max(0, remainingNanos(clock)));
    }

    /** Nanoseconds left; negative once the deadline is over. */
    public long remainingNanos(Clock clock) {
        return nanoTime - clock.nanoTime();
    }

    public Deadline earlier(Deadline other) {
        return nanoTime - other.nanoTime <= 0 ? this : other;
    }
}
