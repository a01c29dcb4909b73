package corolla.p2p.kad;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The kad servers that we know, in buckets by the number of leading bits that they share with us: many near us, few far away.
 * Pure: no I/O, no clock. Confined to its owner's lock.
 */
final class KadTable {
    private final KadKey self;
    private final int bucketSize;
    private final int failuresMax;

    /** Bucket by common bits; members with their failures in a row, longest known first. */
    private final Map<Integer, Map<PeerId, Member>> buckets = new TreeMap<>();

    private record Member(KadKey key, int failures) {}

    KadTable(PeerId self, int bucketSize, int failuresMax) {
        this.self = KadKey.of(self);
        this.bucketSize = bucketSize;
        this.failuresMax = failuresMax;
    }

    /**
     * Takes a peer in, or notes that it is well. A full bucket keeps those that it knows, which are the likeliest to stay,
     * unless one of them has failed lately.
     */
    void add(PeerId peer) {
        KadKey key = KadKey.of(peer);
        if (key.equals(self)) {
            return;
        }
        Map<PeerId, Member> bucket = buckets.computeIfAbsent(self.commonBits(key), bits -> new LinkedHashMap<>());
        if (!bucket.containsKey(peer) && bucket.size() >= bucketSize) {
            PeerId failed = firstFailed(bucket);
            if (failed == null) {
                return;
            }
            bucket.remove(failed);
        }
        bucket.put(peer, new Member(key, 0));
    }

    private static @Nullable PeerId firstFailed(Map<PeerId, Member> bucket) {
        for (Map.Entry<PeerId, Member> entry : bucket.entrySet()) {
            if (entry.getValue().failures > 0) {
                return entry.getKey();
            }
        }
        return null;
    }

    /** Notes a failed request; too many in a row, and the peer leaves. */
    void fail(PeerId peer) {
        Map<PeerId, Member> bucket = bucketOf(peer);
        if (bucket == null) {
            return;
        }
        bucket.computeIfPresent(
                peer,
                (id, member) ->
                        member.failures + 1 >= failuresMax ? null : new Member(member.key, member.failures + 1));
    }

    void remove(PeerId peer) {
        Map<PeerId, Member> bucket = bucketOf(peer);
        if (bucket != null) {
            bucket.remove(peer);
        }
    }

    private @Nullable Map<PeerId, Member> bucketOf(PeerId peer) {
        return buckets.get(self.commonBits(KadKey.of(peer)));
    }

    /** The nearest members to a key, nearest first. */
    List<PeerId> nearest(KadKey target, int count) {
        PriorityQueue<Map.Entry<PeerId, Member>> nearest = new PriorityQueue<>(
                (a, b) -> target.compareDistance(b.getValue().key, a.getValue().key)); // farthest on top
        for (Map<PeerId, Member> bucket : buckets.values()) {
            for (Map.Entry<PeerId, Member> entry : bucket.entrySet()) {
                if (nearest.size() < count) {
                    nearest.add(entry);
                } else if (isNearer(target, entry, nearest.element())) {
                    nearest.remove();
                    nearest.add(entry);
                }
            }
        }
        List<PeerId> farthestFirst = new ArrayList<>(nearest.size());
        for (var entry = nearest.poll(); entry != null; entry = nearest.poll()) {
            farthestFirst.add(entry.getKey());
        }
        return farthestFirst.reversed();
    }

    private static boolean isNearer(KadKey target, Map.Entry<PeerId, Member> one, Map.Entry<PeerId, Member> other) {
        return target.compareDistance(one.getValue().key, other.getValue().key) < 0;
    }

    int size() {
        return buckets.values().stream().mapToInt(Map::size).sum();
    }
}
