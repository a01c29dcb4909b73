package corolla.p2p;

import java.io.IOException;

/** A stream ended before its time: the remote or this side reset it, or the connection below it is lost. */
public final class StreamResetException extends IOException {
    private static final long serialVersionUID = 1;

    public StreamResetException(String message) {
        super(message);
    }
}
