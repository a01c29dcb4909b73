package corolla.dht;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.protocol.Background;
import corolla.dht.protocol.DhtCaller;
import corolla.dht.protocol.DhtMessages;
import corolla.dht.protocol.DhtState;
import corolla.dht.protocol.StoreItems;
import corolla.dht.storage.StoredValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks keys up: at home first, then among others. Thread-safe. */
final class Finder {
    private final Environment environment;
    private final DhtCaller caller;
    private final DhtState state;
    private final DhtConfig config;
    private final Background background;
    private final LookupCounts counts = new LookupCounts();

    Finder(Environment environment, DhtCaller caller, DhtState state, DhtConfig config, Background background) {
        this.environment = environment;
        this.caller = caller;
        this.state = state;
        this.config = config;
        this.background = background;
    }

    /** See {@link DhtNode#getMany}. */
    Map<DhtId, StoredValue> find(Collection<DhtId> keys, boolean latest, Deadline deadline)
            throws IOException, InterruptedException {
        Map<DhtId, StoredValue> found = new LinkedHashMap<>();
        Set<DhtId> wanted = new LinkedHashSet<>();
        for (DhtId key : keys) {
            state.best(key).ifPresent(value -> found.put(key, value));
            if (latest || !found.containsKey(key)) {
                wanted.add(key);
            }
        }
        counts.addFoundAtHome(keys.size() - wanted.size());
        if (!wanted.isEmpty()) {
            search(wanted, latest, found, deadline);
        }
        return found;
    }

    private void search(Set<DhtId> wanted, boolean latest, Map<DhtId, StoredValue> found, Deadline deadline)
            throws IOException, InterruptedException {
        Traversal traversal = new Traversal(environment, caller, state, config, wanted, !latest);
        try {
            traversal.run(deadline);
        } catch (DeadlineException nobody) {
            if (found.isEmpty()) {
                throw nobody;
            }
        } finally {
            counts.add(traversal.outcome());
        }
        traversal.found().forEach((key, value) -> found.merge(key, value, StoredValue::merge));
        Map<Contact, List<DhtMessages.StoreItem>> pushes = new LinkedHashMap<>();
        traversal.found().keySet().forEach(key -> {
            StoredValue value = found.get(key);
            if (value != null) {
                keep(key, value);
                collectPushes(key, value, traversal, pushes);
            }
        });
        pushes.forEach((contact, items) -> push(contact, items));
    }

    /** What all look-ups so far took. */
    DhtNode.Lookups lookups() {
        return counts.sum();
    }

    private void keep(DhtId key, StoredValue value) {
        if (config.cacheResults()) {
            state.cache(key, value);
        }
    }

    /** The next one who asks along this way finds it one step earlier. */
    private void collectPushes(
            DhtId key, StoredValue value, Traversal traversal, Map<Contact, List<DhtMessages.StoreItem>> into) {
        for (Contact contact : traversal.nearestWithout(key, config.cacheNearest())) {
            into.computeIfAbsent(contact, c -> new ArrayList<>()).add(StoreItems.cached(key, value));
        }
    }

    private void push(Contact contact, List<DhtMessages.StoreItem> items) {
        background.run(
                "cache at " + contact.peer().shortForm(),
                () -> caller.store(contact.peer(), items, Deadline.after(environment.clock(), config.requestTime())));
    }
}
