package corolla.client.routing;

import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Smoothed round trips by peer (petals-protocol, "Pings"): the first value as it is, then a fifth of the new and four fifths of the old;
 * infinity for a peer that did not answer, until it does. Values expire. Pure; confined, or guarded by its owner.
 */
final class Latencies {
    static final Duration EXPIRY = Duration.ofMinutes(5);
    private static final double NEW_SHARE = 0.2;

    /** More peers than a client would ever ping within the expiry. */
    private static final int PEERS_MAX = 4096;

    private final Map<PeerId, Entry> entries = new LinkedHashMap<>(); // oldest measurement first

    private record Entry(double seconds, long nanoTime) {}

    /** Takes a measurement; {@code seconds} is infinite when there was no answer. */
    void measured(PeerId peer, double seconds, long nanoTime) {
        Entry old = entries.remove(peer);
        double value = old == null || !isFresh(old, nanoTime) ? seconds : smoothed(old.seconds, seconds);
        entries.put(peer, new Entry(value, nanoTime));
        if (entries.size() > PEERS_MAX) {
            Iterator<PeerId> oldest = entries.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private static double smoothed(double old, double now) {
        return Double.isInfinite(old) || Double.isInfinite(now) ? now : NEW_SHARE * now + (1 - NEW_SHARE) * old;
    }

    /** The value of one peer; NaN where there is none, or it has expired. */
    double seconds(PeerId peer, long nanoTime) {
        Entry entry = entries.get(peer);
        return entry == null || !isFresh(entry, nanoTime) ? Double.NaN : entry.seconds;
    }

    /** What has not expired: seconds by peer. */
    Map<PeerId, Double> fresh(long nanoTime) {
        var fresh = new LinkedHashMap<PeerId, Double>();
        entries.forEach((peer, entry) -> {
            if (isFresh(entry, nanoTime)) {
                fresh.put(peer, entry.seconds);
            }
        });
        return fresh;
    }

    private static boolean isFresh(Entry entry, long nanoTime) {
        return nanoTime - entry.nanoTime < EXPIRY.toNanos();
    }
}
