package corolla.server.handler;

import java.io.IOException;

/** A request that this server refuses; the message is for the peer that made it. */
public final class RequestException extends IOException {
    private static final long serialVersionUID = 1;

    RequestException(String message) {
        super(message);
    }
}
