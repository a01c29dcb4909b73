package corolla.client.routing;

import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Servers that failed and are left alone for a while: the first time for {@code base}, then twice as long each time. Failures
 * during a ban do not extend it; a success clears it. Pure; confined, or guarded by its owner.
 */
final class Bans {
    /** Peers remembered; the one that is free the longest goes first. */
    private static final int PEERS_MAX = 4096;

    private static final int DOUBLINGS_MAX = 8;
    private final Duration base;
    private final Map<PeerId, Ban> bans = new LinkedHashMap<>();

    private record Ban(long endNanoTime, int failures, String reason) {}

    Bans(Duration base) {
        this.base = base;
    }

    /** A request to {@code peer} failed. */
    void failed(PeerId peer, String reason, long nanoTime) {
        Ban old = bans.get(peer);
        if (old != null && nanoTime - old.endNanoTime < 0) {
            return;
        }
        int failures = old == null ? 0 : Math.min(old.failures + 1, DOUBLINGS_MAX);
        long end = nanoTime + base.toNanos() * (1L << failures);
        bans.remove(peer);
        bans.put(peer, new Ban(end, failures, reason));
        if (bans.size() > PEERS_MAX) {
            bans.remove(bans.keySet().iterator().next());
        }
    }

    /** A request to {@code peer} succeeded. */
    void succeeded(PeerId peer) {
        bans.remove(peer);
    }

    boolean isEmpty() {
        return bans.isEmpty();
    }

    /** Who is banned now. */
    Set<PeerId> active(long nanoTime) {
        var active = new LinkedHashSet<PeerId>();
        bans.forEach((peer, ban) -> {
            if (nanoTime - ban.endNanoTime < 0) {
                active.add(peer);
            }
        });
        return active;
    }

    /** Why the servers failed that are banned now, by peer. */
    Map<PeerId, String> reasons(long nanoTime) {
        var reasons = new LinkedHashMap<PeerId, String>();
        for (PeerId peer : active(nanoTime)) {
            Ban ban = bans.get(peer);
            if (ban != null) {
                reasons.put(peer, ban.reason);
            }
        }
        return reasons;
    }
}
