package corolla.swarm;

import org.jspecify.annotations.Nullable;

/** Every server would refuse this request, so none is banned and nothing is retried: it is too long, or malformed. */
public final class RequestRefusedException extends SwarmException {
    private static final long serialVersionUID = 1;

    public RequestRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
