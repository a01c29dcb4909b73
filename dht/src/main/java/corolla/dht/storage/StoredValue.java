package corolla.dht.storage;

import corolla.base.msgpack.Pack;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a node keeps under a key, values as they came over the wire. Immutable; arrays are borrowed, nobody writes to them. */
public sealed interface StoredValue {

    /** When it vanishes, in seconds since 1970; of a dictionary, when the last of its entries does. */
    double expiration();

    /** Bytes of all values, keys and subkeys not counted. */
    long bytes();

    /** What is left of it at {@code now}. */
    Optional<StoredValue> at(double now);

    /** A single value. */
    record Regular(byte[] value, double expiration) implements StoredValue {
        @Override
        public long bytes() {
            return value.length;
        }

        @Override
        public Optional<StoredValue> at(double now) {
            return expiration > now ? Optional.of(this) : Optional.empty();
        }
    }

    /** Values by subkey. */
    record Dictionary(Map<Pack, Regular> entries, double expiration) implements StoredValue {
        public Dictionary {
            entries = Collections.unmodifiableMap(entries);
        }

        /** A dictionary that expires with the last of its entries. */
        public static Dictionary of(Map<Pack, Regular> entries) {
            double latest = Double.NEGATIVE_INFINITY;
            for (Regular entry : entries.values()) {
                latest = Math.max(latest, entry.expiration());
            }
            return new Dictionary(new LinkedHashMap<>(entries), latest);
        }

        @Override
        public long bytes() {
            long bytes = 0;
            for (Regular entry : entries.values()) {
                bytes += entry.bytes();
            }
            return bytes;
        }

        @Override
        public Optional<StoredValue> at(double now) {
            if (!someExpired(now)) {
                return entries.isEmpty() ? Optional.empty() : Optional.of(this);
            }
            Map<Pack, Regular> left = new LinkedHashMap<>(entries);
            left.values().removeIf(entry -> entry.expiration() <= now);
            return left.isEmpty() ? Optional.empty() : Optional.of(of(left));
        }

        private boolean someExpired(double now) {
            for (Regular entry : entries.values()) {
                if (entry.expiration <= now) {
                    return true;
                }
            }
            return false;
        }

        /** With this entry added, or replaced if the new one expires later. */
        Dictionary with(Pack subkey, Regular entry) {
            Map<Pack, Regular> more = new LinkedHashMap<>(entries);
            more.merge(subkey, entry, (old, young) -> young.expiration > old.expiration ? young : old);
            return new Dictionary(more, Math.max(expiration, entry.expiration()));
        }
    }

    /**
     * The later of two findings under the same key; of two dictionaries, each entry's later one. The first one stays when both
     * expire at the same time.
     */
    static StoredValue merge(StoredValue first, StoredValue second) {
        if (first instanceof Dictionary a && second instanceof Dictionary b) {
            Map<Pack, Regular> entries = new LinkedHashMap<>(a.entries);
            b.entries.forEach((subkey, entry) ->
                    entries.merge(subkey, entry, (old, young) -> young.expiration() > old.expiration() ? young : old));
            return Dictionary.of(entries);
        }
        return second.expiration() > first.expiration() ? second : first;
    }
}
