package corolla.dht.storage;

import corolla.base.msgpack.Pack;
import corolla.dht.kbucket.DhtId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Records until they expire. A later expiration wins, see {@code docs/wire/dht.md}. Within limits: when all room is taken, the
 * record that expires last gives way to one that expires sooner, so that records of far-away expirations, which nobody needs
 * to refresh, cannot crowd out the living ones. Pure: time is a parameter. Confined to its owner's lock.
 */
public final class Storage {
    private final StorageLimits limits;
    private final Map<DhtId, StoredValue> values = new LinkedHashMap<>();
    private final TreeSet<Expiry> expiries = new TreeSet<>();
    private long bytes;

    /** When a key's value vanishes. */
    private record Expiry(double expiration, DhtId key) implements Comparable<Expiry> {
        @Override
        public int compareTo(Expiry other) {
            int byTime = Double.compare(expiration, other.expiration);
            return byTime != 0 ? byTime : key.compareTo(other.key);
        }
    }

    public Storage(StorageLimits limits) {
        this.limits = limits;
    }

    /** Stores a regular value; false when it has expired, is too large, or what is there expires at the same time or later. */
    public boolean store(DhtId key, byte[] value, double expiration, double now) {
        removeExpired(now);
        StoredValue present = values.get(key);
        boolean newer = present == null || present.expiration() < expiration;
        return isWelcome(value, expiration, now) && newer && put(key, new StoredValue.Regular(value, expiration));
    }

    /** Stores an entry of a dictionary; false as with {@link #store}, judged by the entry of the same subkey. */
    public boolean storeSubkey(DhtId key, Pack subkey, byte[] value, double expiration, double now) {
        removeExpired(now);
        if (!isWelcome(value, expiration, now)) {
            return false;
        }
        StoredValue.Regular entry = new StoredValue.Regular(value, expiration);
        StoredValue present = values.get(key);
        return switch (present) {
            case null -> put(key, StoredValue.Dictionary.of(Map.of(subkey, entry)));
            case StoredValue.Regular regular ->
                regular.expiration() < expiration && put(key, StoredValue.Dictionary.of(Map.of(subkey, entry)));
            case StoredValue.Dictionary dictionary -> storeInto(key, alive(dictionary, now), subkey, entry);
        };
    }

    private static StoredValue.Dictionary alive(StoredValue.Dictionary dictionary, double now) {
        return dictionary.at(now).orElse(dictionary) instanceof StoredValue.Dictionary left ? left : dictionary;
    }

    private boolean storeInto(DhtId key, StoredValue.Dictionary dictionary, Pack subkey, StoredValue.Regular entry) {
        StoredValue.Regular present = dictionary.entries().get(subkey);
        if (present != null && present.expiration() >= entry.expiration()) {
            return false;
        }
        if (present == null && dictionary.entries().size() >= limits.subkeysPerKeyMax()) {
            return false;
        }
        return put(key, dictionary.with(subkey, entry));
    }

    /** Stores what was found elsewhere, merged with what is there. */
    public void merge(DhtId key, StoredValue found, double now) {
        removeExpired(now);
        Optional<StoredValue> left = found.at(now);
        if (left.isEmpty()) {
            return;
        }
        StoredValue present = values.get(key);
        StoredValue merged = present == null ? left.get() : StoredValue.merge(present, left.get());
        boolean fits = !(merged instanceof StoredValue.Dictionary dictionary)
                || dictionary.entries().size() <= limits.subkeysPerKeyMax();
        if (fits) {
            put(key, merged);
        }
    }

    /** What is under a key and has not expired. */
    public Optional<StoredValue> get(DhtId key, double now) {
        removeExpired(now);
        return Optional.ofNullable(values.get(key)).flatMap(value -> value.at(now));
    }

    /** All keys, in the order in which they came. */
    public List<DhtId> keys(double now) {
        removeExpired(now);
        return new ArrayList<>(values.keySet());
    }

    public int size() {
        return values.size();
    }

    /** Bytes in use, as the limit counts them. */
    public long bytes() {
        return bytes;
    }

    private boolean isWelcome(byte[] value, double expiration, double now) {
        return expiration > now
                && expiration - now <= limits.expirationSecondsMax()
                && value.length <= limits.valueBytesMax();
    }

    private boolean put(DhtId key, StoredValue value) {
        StoredValue before = values.get(key);
        remove(key);
        long needed = cost(value);
        if (!makeRoom(needed, value.expiration())) {
            if (before != null) {
                insert(key, before);
            }
            return false;
        }
        insert(key, value);
        return true;
    }

    /** Keeps what is there unless that helps: first looks whether enough can be freed. */
    private boolean makeRoom(long needed, double expiration) {
        List<DhtId> victims = new ArrayList<>();
        long freed = 0;
        for (Expiry expiry : expiries.descendingSet()) {
            boolean enough =
                    bytes - freed + needed <= limits.bytesMax() && values.size() - victims.size() < limits.keysMax();
            if (enough || expiry.expiration <= expiration) {
                break;
            }
            victims.add(expiry.key);
            freed += cost(valueOf(expiry.key));
        }
        if (bytes - freed + needed > limits.bytesMax() || values.size() - victims.size() >= limits.keysMax()) {
            return false;
        }
        victims.forEach(this::remove);
        return true;
    }

    private StoredValue valueOf(DhtId key) {
        StoredValue value = values.get(key);
        if (value == null) {
            throw new IllegalStateException("an expiry without its value: " + key);
        }
        return value;
    }

    private void insert(DhtId key, StoredValue value) {
        values.put(key, value);
        expiries.add(new Expiry(value.expiration(), key));
        bytes += cost(value);
    }

    private void remove(DhtId key) {
        StoredValue value = values.remove(key);
        if (value != null) {
            expiries.remove(new Expiry(value.expiration(), key));
            bytes -= cost(value);
        }
    }

    private void removeExpired(double now) {
        while (!expiries.isEmpty() && expiries.first().expiration <= now) {
            remove(expiries.first().key);
        }
    }

    /** The values, and a fixed sum for each key and subkey and what the heap needs around them. */
    private static long cost(StoredValue value) {
        int items = value instanceof StoredValue.Dictionary dictionary
                ? dictionary.entries().size()
                : 1;
        return value.bytes() + 256L * items;
    }
}
