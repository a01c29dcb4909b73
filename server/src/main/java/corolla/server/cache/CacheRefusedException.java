package corolla.server.cache;

import java.io.IOException;

/** There is no room for a session's keys and values. */
public final class CacheRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    CacheRefusedException(String message) {
        super(message);
    }
}
