package corolla.swarm;

import org.jspecify.annotations.Nullable;

/** The swarm cannot do what was asked; the message says what was tried, where, and what to do. */
public abstract sealed class SwarmException extends RuntimeException
        permits NoRouteException, CacheFullException, SessionLostException, RequestRefusedException {
    private static final long serialVersionUID = 1;

    SwarmException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
