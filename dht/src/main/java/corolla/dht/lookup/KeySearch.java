package corolla.dht.lookup;

import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The search for one key within a {@link Lookup}. Pure; confined to it. */
final class KeySearch {
    private final DhtId key;
    private final LookupParameters parameters;
    private final TreeMap<DhtId, Candidate> candidates;
    private final Set<DhtId> asked = new HashSet<>();
    private final Set<DhtId> answered = new HashSet<>();
    private boolean finished;

    /**
     * Somebody who may be asked.
     *
     * @param hops 1: from our own table; one more for each node that told of the next
     */
    record Candidate(Contact contact, int hops) {}

    KeySearch(DhtId key, LookupParameters parameters) {
        this.key = key;
        this.parameters = parameters;
        this.candidates = new TreeMap<>(key::compareDistance);
    }

    DhtId key() {
        return key;
    }

    /** When there are too many, the farthest is forgotten. */
    void heard(Contact contact, int hops) {
        candidates.putIfAbsent(contact.node(), new Candidate(contact, hops));
        if (candidates.size() > parameters.candidatesMax()) {
            candidates.pollLastEntry();
        }
    }

    /** The nearest node of the beam that was not asked. */
    Optional<Candidate> next() {
        if (finished) {
            return Optional.empty();
        }
        int place = 0;
        for (Candidate candidate : candidates.values()) {
            if (place++ == parameters.beamSize()) {
                break;
            }
            if (!asked.contains(candidate.contact.node())) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** Whether the node is one of those that are to be asked as things stand. */
    boolean isInBeam(DhtId node) {
        int place = 0;
        for (DhtId near : candidates.keySet()) {
            if (place++ == parameters.beamSize()) {
                return false;
            }
            if (near.equals(node)) {
                return true;
            }
        }
        return false;
    }

    void asked(Candidate candidate) {
        asked.add(candidate.contact.node());
        heard(candidate.contact, candidate.hops);
    }

    boolean wasAsked(DhtId node) {
        return asked.contains(node);
    }

    void answered(Contact contact) {
        answered.add(contact.node());
    }

    void failed(Contact contact) {
        candidates.remove(contact.node());
    }

    void finish() {
        finished = true;
    }

    boolean isUnfinished() {
        return !finished;
    }

    List<Contact> nearest() {
        return candidates.values().stream()
                .limit(parameters.beamSize())
                .map(Candidate::contact)
                .toList();
    }

    List<Contact> answered() {
        List<Contact> nearest = new ArrayList<>();
        for (Candidate candidate : candidates.values()) {
            if (answered.contains(candidate.contact.node())) {
                nearest.add(candidate.contact);
            }
        }
        return nearest;
    }
}
