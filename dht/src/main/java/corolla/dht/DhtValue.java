package corolla.dht;

import corolla.base.msgpack.Pack;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is stored under a key. Immutable. */
public sealed interface DhtValue {

    /** When it vanishes, in seconds since 1970; for a dictionary, when the last of its entries does. */
    double expiration();

    /** A single value. */
    record Regular(Pack value, double expiration) implements DhtValue {}

    /** Values by subkey, each with an expiration of its own; in no order that has a meaning. Has no expired entries when it is given out. */
    record Dictionary(Map<Pack, Regular> entries, double expiration) implements DhtValue {
        public Dictionary {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }
}
