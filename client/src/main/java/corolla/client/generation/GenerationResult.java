package corolla.client.generation;

import java.time.Duration;

/**
 * An answer.
 *
 * @param ids the new tokens, an end token included
 * @param text the new text, without end token and stop string; empty where the model has no tokenizer
 * @param reason why it ended
 * @param timeToFirstToken from the call to the first token
 * @param time from the call to the last token
 */
@SuppressWarnings("ArrayRecordComponent") // identity equality is meant: the arrays belong to whoever made the record
public record GenerationResult(int[] ids, String text, StopReason reason, Duration timeToFirstToken, Duration time) {

    /** Why an answer ended. */
    public enum StopReason {
        /** As many tokens as were asked for. */
        LENGTH,
        /** The model said that it is done. */
        END_TOKEN,
        /** A stop string came up. */
        STOP_STRING,
        /** The listener wanted no more. */
        CANCELLED
    }

    /** Speed of the tokens after the first (whose time is the prompt's); 0 where there are fewer than two. */
    public double tokensPerSecond() {
        double seconds = time.minus(timeToFirstToken).toNanos() / 1e9;
        return ids.length < 2 || seconds <= 0 ? 0 : (ids.length - 1) / seconds;
    }
}
