package corolla.client.session;

import java.time.Duration;

/**
 * Limits of a session.
 *
 * @param connectTimeout how long opening a stream to a server may take
 * @param requestTimeout how long a server may take to answer one message
 * @param closeTimeout how long the end of a session waits for servers to confirm it
 * @param attemptsMax failures after which one step is given up; stock Petals tries for ever
 * @param backoffMin pause before the third attempt (the second comes at once); each further pause is twice as long
 * @param backoffMax longest pause
 * @param messageBytesMax a step whose hidden states are larger goes in several messages, so that no server has to take a prompt of any size
 *     at once, and a lost server costs one message of replay at a time
 */
public record SessionConfig(
        Duration connectTimeout,
        Duration requestTimeout,
        Duration closeTimeout,
        int attemptsMax,
        Duration backoffMin,
        Duration backoffMax,
        int messageBytesMax) {

    public SessionConfig {
        if (attemptsMax < 1 || messageBytesMax < 1) {
            throw new IllegalArgumentException(
                    "attemptsMax " + attemptsMax + " and messageBytesMax " + messageBytesMax + " must be at least 1");
        }
    }

    public static SessionConfig defaults() {
        return new SessionConfig(
                Duration.ofSeconds(5),
                Duration.ofMinutes(3),
                Duration.ofSeconds(2),
                6,
                Duration.ofSeconds(1),
                Duration.ofSeconds(8),
                16 << 20);
    }

    /** The pause after failure number {@code failures}, counted from 1. */
    public Duration backoff(int failures) {
        if (failures <= 1) {
            return Duration.ZERO;
        }
        Duration doubled = backoffMin.multipliedBy(1L << Math.min(failures - 2, 20));
        return doubled.compareTo(backoffMax) < 0 ? doubled : backoffMax;
    }
}
