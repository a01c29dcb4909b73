package corolla.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A device that kernels run on did not do what it was given. The message says what was tried and what may help; whoever owns the work gives it up, and
 * who runs the process gives that up when it {@link #isFatal}.
 */
public abstract class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected DeviceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Whether only memory was missing: smaller or later work may be done. */
    public abstract boolean isOutOfMemory();

    /** Whether nothing more can be computed in this process. */
    public abstract boolean isFatal();
}
