package corolla.dht.lookup;

import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A beam search for many keys at once. For each key it expands the nearest node that was not asked yet, as long as it is among
 * the {@code beamSize} nearest that did not fail; one question carries the other keys for which that node is due, too. A key is done
 * when its beam has been asked, or when its value suffices. Pure: no I/O, no clock. Confined to its owner's lock.
 */
public final class Lookup {
    private final LookupParameters parameters;
    private final Map<DhtId, KeySearch> searches = new LinkedHashMap<>();
    private final Set<PeerId> failed = new HashSet<>();
    private final Map<DhtId, Integer> asking = new HashMap<>();
    private final int keysPerAsk;
    private int queries;
    private int waiting;

    /**
     * One question.
     *
     * @param contact whom to ask
     * @param keys for what: first the key that led to this node
     * @param hops 1: the node is in our own table; one more for each node that told of the next
     */
    public record Ask(Contact contact, List<DhtId> keys, int hops) {}

    public Lookup(Collection<DhtId> keys, LookupParameters parameters) {
        this.parameters = parameters;
        for (DhtId key : keys) {
            searches.put(key, new KeySearch(key, parameters));
        }
        this.keysPerAsk = Math.clamp((long) Math.sqrt(searches.size()), 1, parameters.keysPerAskMax());
    }

    /** Adds nodes of our own table that may be near a key. */
    public void heard(DhtId key, Collection<Contact> contacts) {
        heard(key, contacts, 1);
    }

    /** Adds nodes that the one who was asked has told of. */
    public void heard(DhtId key, Collection<Contact> contacts, Ask by) {
        heard(key, contacts, by.hops + 1);
    }

    private void heard(DhtId key, Collection<Contact> contacts, int hops) {
        KeySearch search = searches.get(key);
        if (search != null) {
            contacts.stream()
                    .filter(contact -> !failed.contains(contact.peer()))
                    .forEach(contact -> search.heard(contact, hops));
        }
    }

    /** The next question, for the key that has the fewest under way; empty while there is none. */
    public Optional<Ask> next() {
        if (waiting >= parameters.asksAtOnceMax() || queries >= parameters.asksMax()) {
            return Optional.empty();
        }
        KeySearch chosen = null;
        for (KeySearch search : searches.values()) {
            boolean fewer = chosen == null || under(search.key()) < under(chosen.key());
            if (fewer && search.next().isPresent()) {
                chosen = search;
            }
        }
        return chosen == null ? Optional.empty() : chosen.next().map(askFor(chosen)::about);
    }

    private interface Asking {
        Ask about(KeySearch.Candidate candidate);
    }

    private Asking askFor(KeySearch search) {
        return candidate -> {
            List<DhtId> keys = new ArrayList<>();
            keys.add(search.key());
            keys.addAll(otherKeys(candidate.contact().node(), search));
            for (DhtId key : keys) {
                searchOf(key).asked(candidate);
                asking.merge(key, 1, Integer::sum);
            }
            queries++;
            waiting++;
            return new Ask(candidate.contact(), keys, candidate.hops());
        };
    }

    /** All keys for which the node would be asked as well, and, while those are few, more that are near it. */
    private List<DhtId> otherKeys(DhtId node, KeySearch except) {
        List<KeySearch> others = searches.values().stream()
                .filter(search -> search != except && search.isUnfinished() && !search.wasAsked(node))
                .sorted((a, b) -> node.compareDistance(a.key(), b.key()))
                .toList();
        Set<DhtId> keys = new LinkedHashSet<>();
        others.stream()
                .filter(search -> search.isInBeam(node))
                .limit(parameters.keysPerAskMax() - 1L)
                .forEach(search -> keys.add(search.key()));
        for (KeySearch other : others) {
            if (keys.size() >= keysPerAsk - 1) {
                break;
            }
            keys.add(other.key());
        }
        return List.copyOf(keys);
    }

    private int under(DhtId key) {
        return asking.getOrDefault(key, 0);
    }

    private KeySearch searchOf(DhtId key) {
        KeySearch search = searches.get(key);
        if (search == null) {
            throw new IllegalArgumentException(key + " is no key of this lookup");
        }
        return search;
    }

    /** The node has answered; what it told is given to {@link #heard} and {@link #finish}. */
    public void answered(Ask ask) {
        end(ask);
        for (DhtId key : ask.keys()) {
            searchOf(key).answered(ask.contact());
        }
    }

    /** The node has not answered: it counts for no key any more. */
    public void failed(Ask ask) {
        end(ask);
        failed.add(ask.contact().peer());
        searches.values().forEach(search -> search.failed(ask.contact()));
    }

    private void end(Ask ask) {
        waiting--;
        for (DhtId key : ask.keys()) {
            asking.merge(key, -1, Integer::sum);
        }
    }

    /** The value found for a key suffices. */
    public void finish(DhtId key) {
        searchOf(key).finish();
    }

    /** True when no question is left to ask or to be answered, or all keys are finished. */
    public boolean isDone() {
        boolean allFinished = searches.values().stream().noneMatch(KeySearch::isUnfinished);
        boolean nothingLeft = waiting == 0
                && (queries >= parameters.asksMax()
                        || searches.values().stream()
                                .noneMatch(search -> search.next().isPresent()));
        return allFinished || nothingLeft;
    }

    /** How many nodes have answered at least one question. */
    public int answeredCount() {
        return queries - waiting - failed.size();
    }

    /** How many questions there were, answered or not. */
    public int askedCount() {
        return queries;
    }

    /** How many nodes have not answered. */
    public int failedCount() {
        return failed.size();
    }

    /** The nearest nodes to a key that answered about it, nearest first. */
    public List<Contact> answeredNearest(DhtId key) {
        return searchOf(key).answered();
    }

    /** The nearest nodes to a key that did not fail, asked or not, nearest first. */
    public List<Contact> nearest(DhtId key) {
        return searchOf(key).nearest();
    }
}
