package corolla.server;

import corolla.server.handler.Switchboard;

/** Which models one node serves: what several {@link Server}s on one node share. Thread-safe. */
public final class ServedModels {
    private final Switchboard switchboard = new Switchboard();

    /** Nobody serves yet. */
    public ServedModels() {}

    Switchboard switchboard() {
        return switchboard;
    }

    /** Whether a server on this node serves blocks of the model of this DHT prefix. */
    public boolean contains(String prefix) {
        return switchboard.serves(prefix);
    }
}
