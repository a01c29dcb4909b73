package corolla.swarm;

import org.jspecify.annotations.Nullable;

/** A session could not be continued on any server, after all retries. */
public final class SessionLostException extends SwarmException {
    private static final long serialVersionUID = 1;

    private final int position;

    /** @param position tokens that the session had accepted before it was lost */
    public SessionLostException(String message, int position, @Nullable Throwable cause) {
        super(message, cause);
        this.position = position;
    }

    public int position() {
        return position;
    }
}
