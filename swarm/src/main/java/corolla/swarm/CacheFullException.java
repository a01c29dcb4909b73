package corolla.swarm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** No server of some blocks has room for the session's keys and values. */
public final class CacheFullException extends SwarmException {
    private static final long serialVersionUID = 1;

    private final long tokensWanted;
    private final Duration retryAfter;

    public CacheFullException(String message, long tokensWanted, Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.tokensWanted = tokensWanted;
        this.retryAfter = retryAfter;
    }

    /** Tokens of one block that did not fit. */
    public long tokensWanted() {
        return tokensWanted;
    }

    public Duration retryAfter() {
        return retryAfter;
    }
}
