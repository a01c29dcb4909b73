package corolla.dht.kbucket;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * All nodes that we know, in buckets. A full bucket is split when it covers our own id, or when its depth is not a multiple of
 * {@code depthModulo}: so more is known near us, and still something everywhere. Pure; confined to its owner's lock.
 */
public final class RoutingTable {
    private final DhtId self;
    private final int bucketSize;
    private final int depthModulo;

    /** In the order of the ids they cover. */
    private final List<KBucket> buckets = new ArrayList<>();

    private final Map<PeerId, DhtId> nodesByPeer = new HashMap<>();

    public RoutingTable(DhtId self, int bucketSize, int depthModulo) {
        this.self = self;
        this.bucketSize = bucketSize;
        this.depthModulo = depthModulo;
        buckets.add(new KBucket(self, 0, bucketSize));
    }

    /**
     * Takes a node in, or notes that it was heard of. A node id that belongs to another peer already stays with that one:
     * honest nodes draw their ids at random.
     *
     * @return when there is no place, the member to ping: if that one fails, the newcomer can have it
     */
    public Optional<Contact> add(Contact contact) {
        if (contact.node().equals(self)) {
            return Optional.empty();
        }
        Optional<Contact> owner = buckets.get(indexOf(contact.node())).member(contact.node());
        if (owner.isPresent() && !owner.get().peer().equals(contact.peer())) {
            return owner;
        }
        forgetFormerId(contact);
        while (true) {
            int index = indexOf(contact.node());
            KBucket bucket = buckets.get(index);
            if (bucket.add(contact)) {
                nodesByPeer.put(contact.peer(), contact.node());
                return Optional.empty();
            }
            if (!maySplit(bucket)) {
                return bucket.oldest();
            }
            split(index);
        }
    }

    /** A node has a new id after each start. */
    private void forgetFormerId(Contact contact) {
        DhtId former = nodesByPeer.get(contact.peer());
        if (former != null && !former.equals(contact.node())) {
            remove(contact.peer());
        }
    }

    private boolean maySplit(KBucket bucket) {
        return bucket.depth() < DhtId.BITS - 1 && (bucket.covers(self) || bucket.depth() % depthModulo != 0);
    }

    private void split(int index) {
        List<KBucket> halves = buckets.remove(index).split();
        buckets.addAll(index, halves);
        for (KBucket half : halves) {
            remember(half); // a half may have room for some that were waiting
        }
    }

    private void remember(KBucket bucket) {
        bucket.members().forEach(member -> nodesByPeer.put(member.peer(), member.node()));
    }

    private int indexOf(DhtId id) {
        for (int i = 0; i < buckets.size(); i++) {
            if (buckets.get(i).covers(id)) {
                return i;
            }
        }
        throw new IllegalStateException("no bucket covers " + id);
    }

    /** Removes a node that failed. */
    public void remove(PeerId peer) {
        DhtId node = nodesByPeer.remove(peer);
        if (node != null) {
            KBucket bucket = buckets.get(indexOf(node));
            bucket.remove(node);
            remember(bucket); // a replacement may have moved up
        }
    }

    public boolean contains(PeerId peer) {
        return nodesByPeer.containsKey(peer);
    }

    public boolean contains(DhtId node) {
        return buckets.get(indexOf(node)).contains(node);
    }

    /** The nearest nodes to an id, nearest first, without the node {@code excluded}. */
    public List<Contact> nearest(DhtId target, int count, Optional<DhtId> excluded) {
        PriorityQueue<Contact> nearest =
                new PriorityQueue<>((a, b) -> target.compareDistance(b.node(), a.node())); // farthest on top
        for (KBucket bucket : buckets) {
            for (Contact member : bucket.members()) {
                boolean isWanted = nearest.size() < count
                        || target.compareDistance(
                                        member.node(), nearest.element().node())
                                < 0;
                if (!isWanted || (excluded.isPresent() && excluded.get().equals(member.node()))) {
                    continue;
                }
                if (nearest.size() == count) {
                    nearest.remove();
                }
                nearest.add(member);
            }
        }
        List<Contact> sorted = new ArrayList<>(nearest);
        sorted.sort((a, b) -> target.compareDistance(a.node(), b.node()));
        return sorted;
    }

    /** All members, in the order of their ids' buckets. */
    public List<Contact> members() {
        List<Contact> all = new ArrayList<>();
        buckets.forEach(bucket -> all.addAll(bucket.members()));
        return all;
    }

    public int size() {
        return nodesByPeer.size();
    }

    int bucketCount() {
        return buckets.size();
    }

    int bucketSize() {
        return bucketSize;
    }
}
