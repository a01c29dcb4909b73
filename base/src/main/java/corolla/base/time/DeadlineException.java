package corolla.base.time;

import java.io.IOException;

/** A wait ended because its {@link Deadline} was over. */
public final class DeadlineException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message what was waited for, for how long, and with whom */
    public DeadlineException(String message) {
        super(message);
    }
}
