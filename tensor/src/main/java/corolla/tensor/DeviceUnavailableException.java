package corolla.tensor;

/** There are no kernels for the device that was asked for; the message says what is missing, where it was looked for and what to do. */
public final class DeviceUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DeviceUnavailableException(String message) {
        super(message);
    }
}
