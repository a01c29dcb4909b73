package corolla.p2p.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Inbound connections that have not proven an identity yet, and which of them makes room when there are too many: the eldest from
 * where most came. So whoever opens many and says nothing loses his own, and a newcomer, who needs a few round trips only, is let in.
 * Pure. Confined to its owner's lock.
 *
 * @param <T> a connection, compared by {@code equals}
 */
final class HalfOpen<T> {
    private final int countMax;
    private final int countPerSubnetMax;
    private final Map<String, ArrayDeque<T>> bySubnet = new LinkedHashMap<>(); // eldest first
    private final Map<T, String> subnets = new LinkedHashMap<>();

    HalfOpen(int countMax, int countPerSubnetMax) {
        this.countMax = countMax;
        this.countPerSubnetMax = countPerSubnetMax;
    }

    /** Adds a connection, and tells which are to be closed for it; those have left already. */
    List<T> enter(T connection, String subnet) {
        ArrayDeque<T> neighbours = bySubnet.computeIfAbsent(subnet, name -> new ArrayDeque<>());
        neighbours.add(connection);
        subnets.put(connection, subnet);
        List<T> evicted = new ArrayList<>(1);
        if (neighbours.size() > countPerSubnetMax) {
            evicted.add(neighbours.getFirst());
        } else if (subnets.size() > countMax) {
            evicted.add(fullest().getFirst());
        }
        evicted.forEach(this::leave);
        return evicted;
    }

    private ArrayDeque<T> fullest() {
        ArrayDeque<T> fullest = new ArrayDeque<>();
        for (ArrayDeque<T> some : bySubnet.values()) {
            if (some.size() > fullest.size()) {
                fullest = some;
            }
        }
        return fullest;
    }

    /** It is set up, or has failed. Idempotent. */
    void leave(T connection) {
        String subnet = subnets.remove(connection);
        if (subnet != null) {
            ArrayDeque<T> neighbours = bySubnet.getOrDefault(subnet, new ArrayDeque<>());
            neighbours.remove(connection);
            if (neighbours.isEmpty()) {
                bySubnet.remove(subnet);
            }
        }
    }

    int count() {
        return subnets.size();
    }
}
