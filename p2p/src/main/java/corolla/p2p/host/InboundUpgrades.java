package corolla.p2p.host;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.base.transport.ByteStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Inbound connections whose other end has not proven who it is yet. An honest one needs some milliseconds; so when there are too many, in
 * all or from one address, the one that takes longest gives way to the new one: who opens connections and stays silent shuts nobody out,
 * not even behind the same address. Thread-safe.
 */
final class InboundUpgrades {
    private static final int SHARE_OF_ONE_ADDRESS = 4;

    private final int max;
    private final int perAddressMax;
    private final Object lock = new Object();

    /** By address, or what stands for the addresses of one party; each in the order they came. */
    @GuardedBy("lock")
    private final Map<String, Set<ByteStream>> byAddress = new HashMap<>();

    @GuardedBy("lock")
    private int count;

    InboundUpgrades(int max) {
        this.max = max;
        this.perAddressMax = Math.max(1, max / SHARE_OF_ONE_ADDRESS);
    }

    /** Takes a new one in; returns the one that must be closed for it, or null. */
    @Nullable
    ByteStream enter(ByteStream raw) {
        synchronized (lock) {
            Set<ByteStream> same = byAddress.getOrDefault(subnet(raw), Set.of());
            ByteStream leaving = null;
            if (same.size() >= perAddressMax) {
                leaving = same.iterator().next();
            } else if (count >= max) {
                leaving = oldestOfLargest();
            }
            if (leaving != null) {
                leave(leaving);
            }
            byAddress.computeIfAbsent(subnet(raw), _ -> new LinkedHashSet<>()).add(raw);
            count++;
            return leaving;
        }
    }

    @GuardedBy("lock")
    private ByteStream oldestOfLargest() {
        List<Set<ByteStream>> all = new ArrayList<>(byAddress.values());
        Set<ByteStream> largest = all.getFirst();
        for (Set<ByteStream> one : all) {
            largest = one.size() > largest.size() ? one : largest;
        }
        return largest.iterator().next();
    }

    /** It is set up, or has failed, or was put out. */
    void leave(ByteStream raw) {
        synchronized (lock) {
            Set<ByteStream> same = byAddress.get(subnet(raw));
            if (same != null && same.remove(raw)) {
                count--;
                if (same.isEmpty()) {
                    byAddress.remove(subnet(raw));
                }
            }
        }
    }

    private static String subnet(ByteStream raw) {
        return Subnets.of(raw.remote().host());
    }

    int count() {
        synchronized (lock) {
            return count;
        }
    }
}
