package corolla.client.session;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * Limits and habits of a session.
 *
 * @param connectTimeout how long opening a stream to a server may take
 * @param requestTimeout how long a server may take to answer one message, whatever is known of it
 * @param closeTimeout how long the end of a session waits for servers to confirm it
 * @param doubtMin a server that takes this much longer than usual is asked for a sign of life
 * @param pingTimeout how long it may take to give one
 * @param patience how long one step pauses in all for servers to come that can do it, before it is given up; stock Petals tries for ever
 * @param attemptsMax failures after which one step is given up in any case
 * @param backoffMin pause after the second failure (after the first there is none); each further pause is twice as long
 * @param backoffMax longest pause
 * @param messageBytesMax a step whose hidden states are larger goes in several messages, so that no server has to take a prompt of any size
 *     at once, and a lost server costs one message of replay at a time
 * @param keepsInputs whether what each server was sent is kept, so that others can take its place; without, a lost server ends the session
 * @param pushes whether servers that can are asked to hand their outputs straight to the next
 * @param codecs how tensors are packed on each link
 */
@RecordBuilder
public record SessionConfig(
        Duration connectTimeout,
        Duration requestTimeout,
        Duration closeTimeout,
        Duration doubtMin,
        Duration pingTimeout,
        Duration patience,
        int attemptsMax,
        Duration backoffMin,
        Duration backoffMax,
        int messageBytesMax,
        boolean keepsInputs,
        boolean pushes,
        Codecs.Choice codecs)
        implements SessionConfigBuilder.With {

    public SessionConfig {
        if (attemptsMax < 1 || messageBytesMax < 1) {
            throw new IllegalArgumentException(
                    "attemptsMax " + attemptsMax + " and messageBytesMax " + messageBytesMax + " must be at least 1");
        }
    }

    public static SessionConfig defaults() {
        return SessionConfigBuilder.builder()
                .connectTimeout(Duration.ofSeconds(5))
                .requestTimeout(Duration.ofMinutes(3))
                .closeTimeout(Duration.ofSeconds(2))
                .doubtMin(Duration.ofMillis(150))
                .pingTimeout(Duration.ofMillis(400))
                .patience(Duration.ofMinutes(1))
                .attemptsMax(256)
                .backoffMin(Duration.ofMillis(50))
                .backoffMax(Duration.ofMillis(500))
                .messageBytesMax(16 << 20)
                .keepsInputs(true)
                .pushes(true)
                .codecs(Codecs.Choice.always(Codecs.PLAIN))
                .build();
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
