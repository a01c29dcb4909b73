package corolla.base.transport;

/**
 * How long bytes must wait so that, over any time, no more pass than a rate allows, but for a burst. Pure: takes the time as a parameter.
 * Confined, or guarded by its owner.
 *
 * <p>It keeps one figure: when all bytes that were taken would be through at the rate. Who comes waits until that is at most a burst ahead; so
 * takers are served in the order in which they come, and none of them is asked to come again.
 */
final class TokenBucket {
    private static final double NANOS = 1e9;

    private final double nanosPerByte;
    private final long burstNanos;
    private long throughNanoTime;

    /**
     * A full bucket.
     *
     * @param bytesPerSecond positive
     * @param burstBytes how many may pass at once after a pause
     * @param nanoTime now
     */
    TokenBucket(double bytesPerSecond, long burstBytes, long nanoTime) {
        if (!(bytesPerSecond > 0)) {
            throw new IllegalArgumentException(bytesPerSecond + " bytes a second");
        }
        this.nanosPerByte = NANOS / bytesPerSecond;
        this.burstNanos = (long) (burstBytes * nanosPerByte);
        this.throughNanoTime = nanoTime;
    }

    /** Takes tokens for some bytes; they may pass after so many nanoseconds. */
    long take(long bytes, long nanoTime) {
        long begins = Math.max(throughNanoTime - nanoTime, 0);
        long through = begins + (long) (bytes * nanosPerByte);
        throughNanoTime = nanoTime + through;
        return Math.max(through - burstNanos, 0);
    }
}
