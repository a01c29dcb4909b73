package corolla.dht;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.lookup.Lookup;
import corolla.dht.lookup.LookupParameters;
import corolla.dht.protocol.DhtCaller;
import corolla.dht.protocol.DhtState;
import corolla.dht.storage.StoredValue;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs one {@link Lookup}: several questions under way at once, each on a thread of its own, and collects what they find. One
 * caller uses it, once.
 */
final class Traversal {
    private static final int KEYS_PER_ASK_MAX = 16;
    private static final int ASKS_PER_KEY = 20;
    private static final System.Logger LOGGER = System.getLogger(Traversal.class.getName());

    private final Environment environment;
    private final DhtCaller caller;
    private final DhtState state;
    private final Collection<DhtId> keys;
    private final boolean firstValueSuffices;
    private final Gate gate;
    private final Lookup lookup; // guarded by gate
    private final Map<DhtId, StoredValue> found = new LinkedHashMap<>(); // guarded by gate
    private final Map<DhtId, Set<Contact>> holders = new LinkedHashMap<>(); // guarded by gate
    private final Map<DhtId, Integer> hops = new LinkedHashMap<>(); // guarded by gate; of keys that were found

    /**
     * A traversal towards some keys.
     *
     * @param firstValueSuffices a key is done with the first value found; otherwise values are merged to the end
     */
    Traversal(
            Environment environment,
            DhtCaller caller,
            DhtState state,
            DhtConfig config,
            Collection<DhtId> keys,
            boolean firstValueSuffices) {
        this.environment = environment;
        this.caller = caller;
        this.state = state;
        this.keys = keys;
        this.firstValueSuffices = firstValueSuffices;
        this.gate = new Gate(environment.clock());
        this.lookup = new Lookup(
                keys,
                new LookupParameters(
                        config.bucketSize(),
                        config.workers(),
                        KEYS_PER_ASK_MAX,
                        config.limits().queriesPerLookupMax() + ASKS_PER_KEY * keys.size(),
                        config.limits().candidatesPerKeyMax()));
    }

    /**
     * Runs to the end, or to {@code deadline} if somebody has answered by then.
     *
     * @throws DeadlineException when {@code deadline} is over and nobody has answered
     */
    void run(Deadline deadline) throws IOException, InterruptedException {
        start();
        try (TaskScope scope = environment.tasks().open("dht lookup of " + state.self())) {
            Optional<Lookup.Ask> next = next(deadline);
            while (next.isPresent()) {
                Lookup.Ask ask = next.get();
                if (state.isBlacklisted(ask.contact().peer())) {
                    fail(ask);
                } else {
                    scope.run("ask " + ask.contact().peer().shortForm(), () -> ask(ask, deadline));
                }
                next = next(deadline);
            }
        }
    }

    private void start() {
        gate.lock();
        try {
            for (DhtId key : keys) {
                lookup.heard(key, state.nearest(key, Optional.empty()));
            }
        } finally {
            gate.unlock();
        }
    }

    /** Waits until there is something to ask; empty when the traversal is over. */
    private Optional<Lookup.Ask> next(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (!lookup.isDone()) {
                Optional<Lookup.Ask> next = lookup.next();
                if (next.isPresent()) {
                    return next;
                }
                if (!gate.await(deadline)) {
                    checkSomebodyAnswered();
                    return Optional.empty();
                }
            }
            return Optional.empty();
        } finally {
            gate.unlock();
        }
    }

    private void checkSomebodyAnswered() throws DeadlineException {
        if (lookup.answeredCount() == 0) {
            throw new DeadlineException("no node of the DHT answered a lookup of " + keys.size()
                    + " keys in time; known: " + state.members().size());
        }
    }

    private void ask(Lookup.Ask ask, Deadline deadline) throws InterruptedException {
        try {
            Map<DhtId, DhtCaller.Finding> findings = caller.find(ask.contact().peer(), ask.keys(), deadline);
            learn(ask, findings);
        } catch (IOException failure) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "find failed peer=" + ask.contact().peer().shortForm() + " " + failure.getMessage());
            fail(ask);
        }
    }

    private void fail(Lookup.Ask ask) {
        gate.lock();
        try {
            lookup.failed(ask);
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private void learn(Lookup.Ask ask, Map<DhtId, DhtCaller.Finding> findings) {
        gate.lock();
        try {
            lookup.answered(ask);
            findings.forEach((key, finding) -> {
                lookup.heard(key, finding.nearest(), ask);
                finding.value().ifPresent(value -> found(key, value, ask));
            });
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** The caller holds the gate. */
    private void found(DhtId key, StoredValue value, Lookup.Ask by) {
        found.merge(key, value, StoredValue::merge);
        hops.putIfAbsent(key, by.hops());
        holders.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(by.contact());
        if (firstValueSuffices) {
            lookup.finish(key);
        }
    }

    /** What it took; after {@link #run}, however that ended. */
    LookupCounts.Outcome outcome() {
        gate.lock();
        try {
            return new LookupCounts.Outcome(lookup.askedCount(), lookup.failedCount(), List.copyOf(hops.values()));
        } finally {
            gate.unlock();
        }
    }

    /** What was found; after {@link #run}. */
    Map<DhtId, StoredValue> found() {
        gate.lock();
        try {
            return new LinkedHashMap<>(found);
        } finally {
            gate.unlock();
        }
    }

    /** The nodes that answered about a key, nearest first; after {@link #run}. */
    List<Contact> answeredNearest(DhtId key) {
        gate.lock();
        try {
            return lookup.answeredNearest(key);
        } finally {
            gate.unlock();
        }
    }

    /** The nearest nodes that answered about a key without a value; after {@link #run}. */
    List<Contact> nearestWithout(DhtId key, int count) {
        gate.lock();
        try {
            Set<Contact> have = holders.getOrDefault(key, Set.of());
            return lookup.answeredNearest(key).stream()
                    .filter(contact -> !have.contains(contact))
                    .limit(count)
                    .toList();
        } finally {
            gate.unlock();
        }
    }
}
