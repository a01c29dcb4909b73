package corolla.dht;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.protocol.Background;
import corolla.dht.protocol.DhtCaller;
import corolla.dht.protocol.DhtMessages;
import corolla.dht.protocol.DhtService;
import corolla.dht.protocol.DhtState;
import corolla.dht.protocol.StoreItems;
import corolla.dht.storage.StoredValue;
import corolla.dht.validation.DhtRecord;
import corolla.dht.validation.ValidatorChain;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.rpc.Rpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A node of hivemind's DHT. Thread-safe. */
public final class DhtNode implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DhtNode.class.getName());
    private static final Duration CARE_INTERVAL = Duration.ofSeconds(30);

    private final Environment environment;
    private final Host host;
    private final Rpc rpc;
    private final DhtConfig config;
    private final DhtState state;
    private final TaskScope scope;
    private final Background background;
    private final DhtCaller caller;
    private final Bootstrap bootstrap;
    private final Finder finder;
    private final Storer storer;
    private final ValidatorChain validators;

    private DhtNode(Environment environment, Host host, Rpc rpc, DhtConfig config) {
        this.environment = environment;
        this.host = host;
        this.rpc = rpc;
        this.config = config;
        DhtId self = DhtId.random(environment.randoms().stream("dht node id"));
        this.state = new DhtState(self, config, environment.clock());
        this.scope = environment.tasks().open("dht of " + host.peerId().shortForm());
        this.background = new Background(scope, config.limits().backgroundTasksMax());
        this.caller = new DhtCaller(rpc, host.peerId(), state, config, background, environment.clock());
        this.bootstrap = new Bootstrap(environment, host, caller, state, config);
        this.finder = new Finder(environment, caller, state, config, background);
        this.storer = new Storer(environment, caller, state, config, host.peerId());
        this.validators = new ValidatorChain(config.validators());
    }

    /**
     * Starts a node and joins the swarm. The caller owns it and closes it before {@code rpc} and {@code host}.
     *
     * @throws IOException when none of the initial peers could be joined through; names each of them and what happened
     */
    public static DhtNode start(Environment environment, Host host, Rpc rpc, DhtConfig config)
            throws IOException, InterruptedException {
        DhtNode node = new DhtNode(environment, host, rpc, config);
        boolean started = false;
        try {
            node.begin();
            started = true;
            return node;
        } finally {
            if (!started) {
                node.close();
            }
        }
    }

    private void begin() throws IOException, InterruptedException {
        if (!config.clientMode()) {
            new DhtService(state, config, caller, environment.clock()).register(rpc);
        }
        host.onLost(this::lost);
        if (!config.initialPeers().isEmpty()) {
            join();
            scope.run("care", this::careForever);
        }
        LOGGER.log(
                System.Logger.Level.INFO,
                () -> "dht started peer=" + peerId().shortForm() + " mode="
                        + (config.clientMode() ? "client" : "server") + " known="
                        + state.members().size());
    }

    /**
     * A member whose connection has broken is looked after at once: if it is gone, nobody shall be told of it any more, or all who
     * join later would ask it in vain, each by himself.
     */
    private void lost(PeerId peer) {
        if (state.isMember(peer)) {
            background.run("look after " + peer.shortForm(), () -> lookAfter(peer));
        }
    }

    private void lookAfter(PeerId peer) throws InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), config.requestTime());
        for (Multiaddr address : host.addressBook().addresses(peer)) {
            try {
                host.connect(address.withPeer(peer.bytes()), deadline);
                return;
            } catch (IOException failure) {
                LOGGER.log(
                        System.Logger.Level.DEBUG,
                        () -> "lost member is not at " + address + ": " + failure.getMessage());
            }
        }
        state.lose(peer);
    }

    private void join() throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), config.bootstrapTime());
        bootstrap.join(deadline);
        new Traversal(environment, caller, state, config, List.of(state.self()), false).run(deadline);
    }

    /** Lost initial peers are dialed again; a node that has lost everybody, while its own network was away, joins again. */
    private void careForever() throws InterruptedException {
        var reconnection = new Reconnection(environment.clock(), host, bootstrap, config.initialPeers());
        while (true) {
            environment.clock().sleep(CARE_INTERVAL);
            reconnection.round();
            if (state.members().isEmpty()) {
                try {
                    join();
                } catch (IOException failure) {
                    LOGGER.log(System.Logger.Level.WARNING, "still alone in the DHT: " + failure.getMessage());
                }
            }
        }
    }

    public PeerId peerId() {
        return host.peerId();
    }

    public Host host() {
        return host;
    }

    /** The DHT's time: the wall clock in seconds since 1970, to compute expirations from. */
    public double now() {
        return state.now();
    }

    /** Stores one value; see {@link #storeMany}. */
    public boolean store(DhtStore store, Deadline deadline) throws IOException, InterruptedException {
        return storeMany(List.of(store), deadline).getFirst();
    }

    /**
     * Stores values at the nodes nearest to their keys, batched.
     *
     * @return for each value, in the same order, whether at least one node has taken it; false too when all have a newer one
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over before any other node has answered
     * @throws IllegalArgumentException when a value exceeds {@link DhtLimits#valueBytesMax}
     */
    public List<Boolean> storeMany(List<DhtStore> stores, Deadline deadline) throws IOException, InterruptedException {
        if (stores.isEmpty()) {
            return List.of();
        }
        List<DhtId> keys = new ArrayList<>();
        List<DhtMessages.StoreItem> items = new ArrayList<>();
        for (DhtStore store : stores) {
            DhtId key = DhtId.ofKey(store.key());
            keys.add(key);
            items.add(item(key, store));
        }
        boolean[] stored = storer.store(keys, items, deadline);
        List<Boolean> results = new ArrayList<>();
        for (int i = 0; i < stored.length; i++) {
            results.add(stored[i]);
            if (stored[i] && config.cacheResults()) {
                cache(keys.get(i), stores.get(i), items.get(i));
            }
        }
        return results;
    }

    private DhtMessages.StoreItem item(DhtId key, DhtStore store) {
        byte[] subkey = StoreItems.subkeyBytes(store.subkey());
        byte[] value =
                validators.sign(new DhtRecord(key.bytes(), subkey, store.value().encode(), store.expiration()));
        if (value.length > config.limits().valueBytesMax()) {
            throw new IllegalArgumentException("a DHT value of " + value.length + " bytes exceeds valueBytesMax "
                    + config.limits().valueBytesMax());
        }
        return new DhtMessages.StoreItem(key.bytes(), subkey, value, store.expiration(), false);
    }

    private void cache(DhtId key, DhtStore store, DhtMessages.StoreItem item) {
        Pack subkey = store.subkey();
        boolean ignored = subkey == null
                ? state.store(key, item.value(), item.expiration(), true)
                : state.storeSubkey(key, subkey, item.value(), item.expiration(), true);
    }

    /**
     * Looks up keys, all at once.
     *
     * @param latest false: the first value met that has not expired will do (of a dictionary, some entries may be missing);
     *     true: searches on for the one that expires last, and merges dictionaries
     * @return what was found, in the order of {@code keys}, by {@code deadline} at the latest; keys without a value are absent
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over and no node has answered
     */
    public Map<Pack, DhtValue> getMany(List<Pack> keys, boolean latest, Deadline deadline)
            throws IOException, InterruptedException {
        Map<DhtId, Pack> keysById = new LinkedHashMap<>();
        keys.forEach(key -> keysById.put(DhtId.ofKey(key), key));
        Map<DhtId, StoredValue> found = finder.find(keysById.keySet(), latest, deadline);
        Map<Pack, DhtValue> values = new LinkedHashMap<>();
        keysById.forEach((id, key) -> Optional.ofNullable(found.get(id))
                .flatMap(value -> value.at(state.now()))
                .flatMap(value -> readable(id, value))
                .ifPresent(value -> values.put(key, value)));
        return values;
    }

    /** Looks up one key, see {@link #getMany}. */
    public Optional<DhtValue> get(Pack key, boolean latest, Deadline deadline)
            throws IOException, InterruptedException {
        return Optional.ofNullable(getMany(List.of(key), latest, deadline).get(key));
    }

    private Optional<DhtValue> readable(DhtId key, StoredValue stored) {
        return switch (stored) {
            case StoredValue.Regular regular -> read(key, null, regular).map(value -> value);
            case StoredValue.Dictionary dictionary -> {
                Map<Pack, DhtValue.Regular> entries = new LinkedHashMap<>();
                dictionary
                        .entries()
                        .forEach((subkey, entry) ->
                                read(key, subkey, entry).ifPresent(value -> entries.put(subkey, value)));
                yield entries.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new DhtValue.Dictionary(entries, dictionary.expiration()));
            }
        };
    }

    private Optional<DhtValue.Regular> read(DhtId key, @Nullable Pack subkey, StoredValue.Regular stored) {
        DhtRecord record =
                new DhtRecord(key.bytes(), StoreItems.subkeyBytes(subkey), stored.value(), stored.expiration());
        try {
            return Optional.of(new DhtValue.Regular(Pack.decode(validators.strip(record)), stored.expiration()));
        } catch (ProtocolException unreadable) {
            LOGGER.log(
                    System.Logger.Level.DEBUG, () -> "unreadable value under " + key + ": " + unreadable.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Measures the time to a peer and back. A peer that serves no DHT (a client) answers too: by refusing.
     *
     * @throws IOException when there is no answer before {@code deadline}
     */
    public Duration ping(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        long begin = environment.clock().nanoTime();
        try {
            caller.measure(peer, deadline);
        } catch (ProtocolNotSupportedException refusal) {
            LOGGER.log(System.Logger.Level.TRACE, () -> "answered by refusing: " + peer.shortForm());
        }
        return Duration.ofNanos(environment.clock().nanoTime() - begin);
    }

    /** Peers of the routing table. */
    public List<PeerId> knownPeers() {
        return state.members().stream().map(Contact::peer).toList();
    }

    /** How much this node keeps: keys stored for others, and keys in its cache. */
    public Load load() {
        int[] counts = state.keyCounts();
        return new Load(counts[0], counts[1]);
    }

    /** See {@link #load}. */
    public record Load(int keysStored, int keysCached) {}

    /** What the look-ups of {@link #getMany} have taken since the start. */
    public Lookups lookups() {
        return finder.lookups();
    }

    /**
     * See {@link #lookups}.
     *
     * @param lookups calls for which others were asked
     * @param requests how many nodes they asked
     * @param requestsFailed how many of those gave no answer, or had failed so lately that none was waited for
     * @param foundAfterHops at index n, how many keys had their first value after n hops: 0 at home, 1 at a node of the own table, one
     *     more for each node that told of the next; longer ways are in the last
     */
    public record Lookups(long lookups, long requests, long requestsFailed, List<Long> foundAfterHops) {
        public Lookups {
            foundAfterHops = List.copyOf(foundAfterHops);
        }
    }

    /** Leaves: serves no more and ends what is under way. */
    @Override
    public void close() {
        if (!config.clientMode()) {
            DhtService.unregister(rpc);
        }
        scope.close();
    }
}
