package corolla.dht.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.base.msgpack.Pack;
import corolla.base.time.Clock;
import corolla.dht.DhtConfig;
import corolla.dht.DhtLimits;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.kbucket.RoutingTable;
import corolla.dht.lookup.Blacklist;
import corolla.dht.storage.Storage;
import corolla.dht.storage.StorageLimits;
import corolla.dht.storage.StoredValue;
import corolla.p2p.PeerId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a node knows, as its threads share it: other nodes, records, and who failed lately. Thread-safe. */
public final class DhtState {
    private static final double HAND_OVER_SECONDS = 60;

    private final DhtId self;
    private final DhtConfig config;
    private final Clock clock;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final RoutingTable table;

    @GuardedBy("lock")
    private final Storage storage;

    @GuardedBy("lock")
    private final Storage cache;

    @GuardedBy("lock")
    private final Blacklist blacklist;

    /** When newcomers were looked through the records for, in the order of that. */
    @GuardedBy("lock")
    private final Map<PeerId, Double> handedOver = new LinkedHashMap<>();

    public DhtState(DhtId self, DhtConfig config, Clock clock) {
        this.self = self;
        this.config = config;
        this.clock = clock;
        DhtLimits limits = config.limits();
        this.table = new RoutingTable(self, config.bucketSize(), config.bucketDepthModulo());
        this.storage = new Storage(storageLimits(limits, limits.keysStoredMax(), limits.bytesStoredMax()));
        this.cache = new Storage(storageLimits(limits, limits.keysCachedMax(), limits.bytesCachedMax()));
        this.blacklist = new Blacklist(
                config.blacklistTime().toMillis() / 1e3,
                config.blacklistTimeMax().toMillis() / 1e3,
                limits.blacklistMax());
    }

    private static StorageLimits storageLimits(DhtLimits limits, int keysMax, long bytesMax) {
        return new StorageLimits(
                keysMax,
                bytesMax,
                limits.subkeysPerKeyMax(),
                limits.valueBytesMax(),
                limits.expirationMax().toSeconds());
    }

    public DhtId self() {
        return self;
    }

    /** The id that we tell others: empty for a client, which nobody shall ask. */
    public byte[] nodeIdTold() {
        return config.clientMode() ? new byte[0] : self.bytes();
    }

    /** The wall clock in seconds since 1970. */
    public double now() {
        Instant now = clock.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    /**
     * What follows from hearing of a node.
     *
     * @param isNew it was not known, and may be owed some records
     * @param toPing a node that makes room if it does not answer
     */
    public record Meeting(boolean isNew, Optional<Contact> toPing) {}

    /** Notes that a node is well: it answered us, or asked us. */
    public Meeting meet(Contact contact) {
        double now = now();
        synchronized (lock) {
            blacklist.answered(contact.peer());
            boolean known = table.contains(contact.node());
            Optional<Contact> toPing = table.add(contact);
            return new Meeting(!known && table.contains(contact.node()) && isOwedRecords(contact.peer(), now), toPing);
        }
    }

    /** Looking through all records costs something: nobody makes us do it again and again. */
    @GuardedBy("lock")
    private boolean isOwedRecords(PeerId peer, double now) {
        Double last = handedOver.get(peer);
        if (last != null && now - last < HAND_OVER_SECONDS) {
            return false;
        }
        handedOver.remove(peer);
        handedOver.put(peer, now);
        if (handedOver.size() > config.limits().blacklistMax()) {
            handedOver.remove(handedOver.keySet().iterator().next());
        }
        return true;
    }

    /** Records for which the newcomer is among the nearest, if it is up to us to tell it. Takes the lock for each key anew. */
    public List<DhtMessages.StoreItem> handOver(Contact newcomer) {
        double now = now();
        List<DhtMessages.StoreItem> items = new ArrayList<>();
        for (DhtId key : storedKeys(now)) {
            synchronized (lock) {
                if (isForUsToHandOver(key, newcomer)) {
                    storage.get(key, now).ifPresent(value -> items.add(StoreItems.of(key, value, false)));
                }
            }
        }
        return items;
    }

    private List<DhtId> storedKeys(double now) {
        synchronized (lock) {
            return storage.keys(now);
        }
    }

    @GuardedBy("lock")
    private boolean isForUsToHandOver(DhtId key, Contact newcomer) {
        List<Contact> nearest = table.nearest(key, config.replicas(), Optional.of(newcomer.node()));
        if (nearest.isEmpty()) {
            return true;
        }
        boolean beyondRoom = nearest.size() >= config.replicas()
                && key.compareDistance(newcomer.node(), nearest.getLast().node()) >= 0;
        return !beyondRoom && key.compareDistance(self, nearest.getFirst().node()) < 0;
    }

    /** Notes that a node did not answer. */
    public void lose(PeerId peer) {
        double now = now();
        synchronized (lock) {
            table.remove(peer);
            blacklist.failed(peer, now);
        }
    }

    public boolean isBlacklisted(PeerId peer) {
        double now = now();
        synchronized (lock) {
            return blacklist.contains(peer, now);
        }
    }

    /** The nearest known nodes to a key, nearest first, without the excluded one. */
    public List<Contact> nearest(DhtId key, Optional<DhtId> excluded) {
        synchronized (lock) {
            return table.nearest(key, config.bucketSize(), excluded);
        }
    }

    public boolean isMember(PeerId peer) {
        synchronized (lock) {
            return table.contains(peer);
        }
    }

    public List<Contact> members() {
        synchronized (lock) {
            return table.members();
        }
    }

    /** What we have under a key, of storage and cache what expires later. */
    public Optional<StoredValue> best(DhtId key) {
        double now = now();
        synchronized (lock) {
            Optional<StoredValue> stored = storage.get(key, now);
            Optional<StoredValue> cached = cache.get(key, now);
            if (stored.isEmpty() || cached.isEmpty()) {
                return stored.or(() -> cached);
            }
            return cached.get().expiration() > stored.get().expiration() ? cached : stored;
        }
    }

    /** Stores a regular value. */
    public boolean store(DhtId key, byte[] value, double expiration, boolean inCache) {
        double now = now();
        synchronized (lock) {
            return (inCache ? cache : storage).store(key, value, expiration, now);
        }
    }

    /** Stores an entry of a dictionary. */
    public boolean storeSubkey(DhtId key, Pack subkey, byte[] value, double expiration, boolean inCache) {
        double now = now();
        synchronized (lock) {
            return (inCache ? cache : storage).storeSubkey(key, subkey, value, expiration, now);
        }
    }

    /** Remembers what was found elsewhere. */
    public void cache(DhtId key, StoredValue value) {
        double now = now();
        synchronized (lock) {
            cache.merge(key, value, now);
        }
    }

    /** Keys kept for others, and keys in the cache. */
    public int[] keyCounts() {
        synchronized (lock) {
            return new int[] {storage.size(), cache.size()};
        }
    }
}
