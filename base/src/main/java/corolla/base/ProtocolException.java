package corolla.base;

import java.io.IOException;

/** A peer broke a protocol: its bytes are not what the specification allows. */
public class ProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message what was expected, what was found, and with whom where that is known */
    public ProtocolException(String message) {
        super(message);
    }

    public ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
