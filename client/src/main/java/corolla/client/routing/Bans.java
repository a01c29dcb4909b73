package corolla.client.routing;

import corolla.client.routing.Failure.Kind;
import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Servers that failed and are left alone for a while: the first time for {@code base}, then twice as long each time. Failures
 * during a ban do not extend it; a success clears it. One that refused or does not serve yet is left alone for a moment only; one that could not be reached is
 * free as soon as it answers a ping, but only the first time: one that answers pings and nothing else stays banned. Pure; confined, or
 * guarded by its owner.
 */
final class Bans {
    /** Peers remembered; the one that is free the longest goes first. */
    private static final int PEERS_MAX = 4096;

    private static final int DOUBLINGS_MAX = 8;

    /** A server that is full may have room soon, and a smaller session may fit now. */
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(2);

    /**
     * A server that has just been started loads its blocks in seconds; its record says so soon. Twice as long each time in a row: whoever announces
     * blocks and never serves must not hide those that do.
     */
    private static final Duration AFTER_START = Duration.ofMillis(300);

    private final Duration base;
    private final Map<PeerId, Ban> bans = new LinkedHashMap<>();

    /** @param starts how often in a row, before this failure, the peer was found not to serve yet */
    private record Ban(long endNanoTime, int failures, int starts, Failure failure) {
        boolean isActive(long nanoTime) {
            return nanoTime - endNanoTime < 0;
        }

        boolean endsByAnswer() {
            return failure.kind() == Kind.UNREACHABLE && failures == 0;
        }
    }

    Bans(Duration base) {
        this.base = base;
    }

    /** A request to {@code peer} failed. */
    void failed(PeerId peer, Failure failure, long nanoTime) {
        if (failure.kind() == Kind.REQUEST) {
            return;
        }
        Ban old = bans.get(peer);
        if (old != null && old.isActive(nanoTime) && !works(old.failure)) {
            return;
        }
        int before = old == null ? -1 : old.failures;
        int failures = works(failure) ? before : Math.min(before + 1, DOUBLINGS_MAX);
        int starts = old == null || old.failure.kind() != Kind.STARTING ? 0 : Math.min(old.starts + 1, DOUBLINGS_MAX);
        long nanos = switch (failure.kind()) {
            case STARTING -> Math.min(base.toNanos(), AFTER_START.toNanos() * (1L << starts));
            case REFUSED -> AFTER_REFUSAL.toNanos();
            case BROKEN, UNREACHABLE, REQUEST -> base.toNanos() * (1L << failures);
        };
        bans.remove(peer);
        bans.put(peer, new Ban(nanoTime + nanos, failures, starts, failure));
        if (bans.size() > PEERS_MAX) {
            bans.remove(bans.keySet().iterator().next());
        }
    }

    private static boolean works(Failure failure) {
        return failure.kind() == Kind.REFUSED || failure.kind() == Kind.STARTING;
    }

    /** A request to {@code peer} succeeded. */
    void succeeded(PeerId peer) {
        bans.remove(peer);
    }

    /** {@code peer} has answered a ping. */
    void answered(PeerId peer, long nanoTime) {
        Ban ban = bans.get(peer);
        if (ban != null && ban.isActive(nanoTime) && ban.endsByAnswer()) {
            bans.put(
                    peer,
                    new Ban(nanoTime, ban.failures, ban.starts, ban.failure)); // the next failure counts as the second
        }
    }

    boolean isEmpty() {
        return bans.isEmpty();
    }

    /** Who is banned now. */
    Set<PeerId> active(long nanoTime) {
        return select(ban -> ban.isActive(nanoTime));
    }

    /** Who would be free if it answered a ping. */
    Set<PeerId> awaited(long nanoTime) {
        return select(ban -> ban.isActive(nanoTime) && ban.endsByAnswer());
    }

    private Set<PeerId> select(Predicate<Ban> which) {
        var selected = new LinkedHashSet<PeerId>();
        bans.forEach((peer, ban) -> {
            if (which.test(ban)) {
                selected.add(peer);
            }
        });
        return selected;
    }

    /** Why the servers failed that are banned now, by peer. */
    Map<PeerId, String> reasons(long nanoTime) {
        var reasons = new LinkedHashMap<PeerId, String>();
        bans.forEach((peer, ban) -> {
            if (ban.isActive(nanoTime)) {
                reasons.put(peer, ban.failure.reason());
            }
        });
        return reasons;
    }
}
