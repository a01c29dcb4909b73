package corolla.dht.kbucket;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes whose ids begin with one prefix: at most {@code size} members, least recently heard of first, and as many
 * replacements that wait for a member to fail. Pure; confined to its table.
 */
final class KBucket {
    private final DhtId anyMember;
    private final int depth;
    private final int size;
    private final Map<DhtId, Contact> members = new LinkedHashMap<>();
    private final Map<DhtId, Contact> replacements = new LinkedHashMap<>();

    /**
     * An empty bucket.
     *
     * @param anyMember an id whose first {@code depth} bits are the prefix
     */
    KBucket(DhtId anyMember, int depth, int size) {
        this.anyMember = anyMember;
        this.depth = depth;
        this.size = size;
    }

    int depth() {
        return depth;
    }

    boolean covers(DhtId id) {
        return anyMember.commonBits(id) >= depth;
    }

    boolean contains(DhtId id) {
        return members.containsKey(id);
    }

    Optional<Contact> member(DhtId id) {
        return Optional.ofNullable(members.get(id));
    }

    Collection<Contact> members() {
        return members.values();
    }

    /** Takes a node in, or notes that it was heard of; false when the bucket is full: then the node waits as a replacement. */
    boolean add(Contact contact) {
        if (members.remove(contact.node()) != null || members.size() < size) {
            members.put(contact.node(), contact);
            replacements.remove(contact.node());
            return true;
        }
        replacements.remove(contact.node());
        replacements.put(contact.node(), contact);
        if (replacements.size() > size) {
            replacements.remove(replacements.keySet().iterator().next());
        }
        return false;
    }

    /** Removes a node; the replacement heard of last takes a member's place. */
    void remove(DhtId id) {
        replacements.remove(id);
        if (members.remove(id) != null && !replacements.isEmpty()) {
            List<Contact> waiting = new ArrayList<>(replacements.values());
            Contact newest = waiting.getLast();
            replacements.remove(newest.node());
            members.put(newest.node(), newest);
        }
    }

    /** The member heard of least recently. */
    Optional<Contact> oldest() {
        return members.values().stream().findFirst();
    }

    /** The two halves: of the ids whose next bit is 0, and of those whose next bit is 1. */
    List<KBucket> split() {
        KBucket same = new KBucket(anyMember, depth + 1, size);
        List<KBucket> halves = new ArrayList<>(List.of(same, new KBucket(other(), depth + 1, size)));
        if (anyMember.bit(depth)) {
            halves = halves.reversed();
        }
        for (Map<DhtId, Contact> some : List.of(members, replacements)) {
            for (Contact contact : some.values()) {
                halves.get(contact.node().bit(depth) ? 1 : 0).add(contact);
            }
        }
        return halves;
    }

    private DhtId other() {
        return anyMember.withFlippedBit(depth);
    }
}
