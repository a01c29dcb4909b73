package corolla.dht;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.task.Gate;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.protocol.DhtCaller;
import corolla.dht.protocol.DhtMessages;
import corolla.dht.protocol.DhtState;
import corolla.p2p.PeerId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Stores records at the nodes nearest to their keys: those of one node in one request. Thread-safe. */
final class Storer {
    private static final System.Logger LOGGER = System.getLogger(Storer.class.getName());

    private final Environment environment;
    private final DhtCaller caller;
    private final DhtState state;
    private final DhtConfig config;
    private final PeerId ourPeer;

    Storer(Environment environment, DhtCaller caller, DhtState state, DhtConfig config, PeerId ourPeer) {
        this.environment = environment;
        this.caller = caller;
        this.state = state;
        this.config = config;
        this.ourPeer = ourPeer;
    }

    /** Where the records of one key go: nodes nearest first, how many of them were tried, how many have answered. */
    private static final class Plan {
        final List<Integer> items = new ArrayList<>();
        List<Contact> targets = List.of();
        int tried;
        int answered;
    }

    /** One store of many keys. */
    private final class Run {
        final List<DhtMessages.StoreItem> items;
        final Map<DhtId, Plan> plans = new LinkedHashMap<>();
        final Gate gate = new Gate(environment.clock());
        final boolean[] stored; // guarded by gate

        Run(List<DhtId> keys, List<DhtMessages.StoreItem> items) {
            this.items = items;
            this.stored = new boolean[items.size()];
            for (int i = 0; i < items.size(); i++) {
                plans.computeIfAbsent(keys.get(i), key -> new Plan()).items.add(i);
            }
        }
    }

    /**
     * Stores records.
     *
     * @param keys the key of each item
     */
    boolean[] store(List<DhtId> keys, List<DhtMessages.StoreItem> items, Deadline deadline)
            throws IOException, InterruptedException {
        Run run = new Run(keys, items);
        Traversal traversal = new Traversal(environment, caller, state, config, run.plans.keySet(), false);
        traversal.run(deadline);
        run.plans.forEach((key, plan) -> plan.targets = targets(key, traversal));
        Map<Contact, List<Plan>> round = nextRound(run);
        while (!round.isEmpty()) {
            storeAll(run, round, deadline);
            round = nextRound(run);
        }
        return run.stored;
    }

    /** Ourselves included, unless we are a client. */
    private List<Contact> targets(DhtId key, Traversal traversal) {
        List<Contact> targets = new ArrayList<>(traversal.answeredNearest(key));
        if (!config.clientMode()) {
            targets.add(new Contact(state.self(), ourPeer));
            targets.sort((a, b) -> key.compareDistance(a.node(), b.node()));
        }
        return targets.subList(0, Math.min(targets.size(), config.bucketSize()));
    }

    /** For each key as many further nodes as are missing to the number of replicas. */
    private Map<Contact, List<Plan>> nextRound(Run run) {
        Map<Contact, List<Plan>> round = new LinkedHashMap<>();
        for (Plan plan : run.plans.values()) {
            int end = Math.min(plan.targets.size(), plan.tried + config.replicas() - plan.answered);
            for (; plan.tried < end; plan.tried++) {
                round.computeIfAbsent(plan.targets.get(plan.tried), target -> new ArrayList<>())
                        .add(plan);
            }
        }
        return round;
    }

    private void storeAll(Run run, Map<Contact, List<Plan>> round, Deadline deadline)
            throws IOException, InterruptedException {
        try (TaskScope scope = environment.tasks().open("dht store of " + state.self())) {
            var tasks = new ArrayList<Task<Boolean>>();
            round.forEach((contact, plans) -> tasks.add(scope.fork(
                    "store at " + contact.peer().shortForm(), () -> storeAt(run, contact, plans, deadline))));
            for (var task : tasks) {
                boolean ignored = task.await(Deadline.never(environment.clock())); // each call has the deadline itself
            }
        }
    }

    private boolean storeAt(Run run, Contact contact, List<Plan> plans, Deadline deadline) throws InterruptedException {
        List<Integer> indexes = new ArrayList<>();
        plans.forEach(plan -> indexes.addAll(plan.items));
        List<DhtMessages.StoreItem> items = indexes.stream().map(run.items::get).toList();
        try {
            List<Boolean> stored = contact.node().equals(state.self())
                    ? storeHere(items)
                    : caller.store(contact.peer(), items, deadline);
            note(run, plans, indexes, stored);
            return true;
        } catch (IOException failure) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "store failed peer=" + contact.peer().shortForm() + " " + failure.getMessage());
            return false;
        }
    }

    private List<Boolean> storeHere(List<DhtMessages.StoreItem> items) throws ProtocolException {
        List<Boolean> stored = new ArrayList<>();
        for (DhtMessages.StoreItem item : items) {
            DhtId key = DhtId.decode(item.key());
            Pack subkey = Pack.decode(item.subkey());
            stored.add(
                    subkey.isNil()
                            ? state.store(key, item.value(), item.expiration(), item.inCache())
                            : state.storeSubkey(key, subkey, item.value(), item.expiration(), item.inCache()));
        }
        return stored;
    }

    private static void note(Run run, List<Plan> plans, List<Integer> indexes, List<Boolean> stored) {
        run.gate.lock();
        try {
            plans.forEach(plan -> plan.answered++);
            for (int i = 0; i < indexes.size(); i++) {
                run.stored[indexes.get(i)] |= stored.get(i);
            }
        } finally {
            run.gate.unlock();
        }
    }
}
