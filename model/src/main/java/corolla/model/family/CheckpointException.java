package corolla.model.family;

import java.io.IOException;

/** A model's files are broken, incomplete, or of a kind that is not understood. */
public final class CheckpointException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message which file, what was expected, what was found */
    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
