package corolla.model.source;

import java.io.IOException;

/** Something is not in the cache, and the network was not to be asked. */
final class NotFetchedException extends IOException {
    private static final long serialVersionUID = 1;

    NotFetchedException(String what) {
        super(what + " is not in the cache");
    }
}
