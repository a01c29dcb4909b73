package corolla.dht;

import corolla.base.msgpack.Pack;
import org.jspecify.annotations.Nullable;

/**
 * One value to store. Immutable.
 *
 * @param key what it is found under
 * @param subkey its place in the key's dictionary; null for a regular value
 * @param value what is stored
 * @param expiration when it vanishes, in seconds since 1970 (see {@link DhtNode#now})
 */
public record DhtStore(Pack key, @Nullable Pack subkey, Pack value, double expiration) {
    public DhtStore {
        if (Double.isNaN(expiration)) {
            throw new IllegalArgumentException("the expiration of a DHT value is not a number");
        }
    }

    /** A regular value. */
    public DhtStore(Pack key, Pack value, double expiration) {
        this(key, null, value, expiration);
    }
}
