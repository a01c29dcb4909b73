package corolla.model.source;

import java.io.IOException;

/** The hub has another version of a file than the one of which parts were fetched. */
final class ChangedException extends IOException {
    private static final long serialVersionUID = 1;

    ChangedException(String message) {
        super(message);
    }
}
