package corolla.server;

import corolla.server.handler.Switchboard;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Which models one node serves: what several {@link Server}s on one node share. Thread-safe. */
public final class ServedModels {
    private final Switchboard switchboard = new Switchboard();
    private final Map<String, LongSupplier> promised = new ConcurrentHashMap<>();

    /** Nobody serves yet. */
    public ServedModels() {}

    Switchboard switchboard() {
        return switchboard;
    }

    /** Whether a server on this node serves blocks of the model of this DHT prefix. */
    public boolean contains(String prefix) {
        return switchboard.serves(prefix);
    }

    /**
     * Keeps room for one model's caches and calls, until {@link #forget}.
     *
     * @param bytes of the blocks' memory that are promised and not taken
     */
    void promise(String prefix, LongSupplier bytes) {
        promised.put(prefix, bytes);
    }

    void forget(String prefix) {
        promised.remove(prefix);
    }

    /** What all models' caches and calls may still take. */
    long promisedBytes() {
        return promised.values().stream().mapToLong(LongSupplier::getAsLong).sum();
    }
}
