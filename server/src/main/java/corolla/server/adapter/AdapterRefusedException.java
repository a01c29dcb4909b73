package corolla.server.adapter;

import java.io.IOException;

/** An adapter that a server does not take, though its files are right: its name, or a limit, forbids it. */
public final class AdapterRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    AdapterRefusedException(String message) {
        super(message);
    }
}
