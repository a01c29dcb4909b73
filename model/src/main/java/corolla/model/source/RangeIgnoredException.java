package corolla.model.source;

import java.io.IOException;

/** A server sends whole files only. */
final class RangeIgnoredException extends IOException {
    private static final long serialVersionUID = 1;

    RangeIgnoredException(String path) {
        super(path + " is sent whole where a part of it was asked for");
    }
}
