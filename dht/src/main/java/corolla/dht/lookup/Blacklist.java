package corolla.dht.lookup;

import corolla.p2p.PeerId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Peers that failed and are not asked for a while, doubling with each further failure. Pure: time is a parameter. Confined to
 * its owner's lock.
 */
public final class Blacklist {
    private static final int DOUBLINGS_MAX = 16;

    private final double secondsFirst;
    private final double secondsMax;
    private final int peersMax;
    private final Map<PeerId, Ban> bans = new LinkedHashMap<>();

    private record Ban(int failures, double until) {}

    public Blacklist(double secondsFirst, double secondsMax, int peersMax) {
        this.secondsFirst = secondsFirst;
        this.secondsMax = secondsMax;
        this.peersMax = peersMax;
    }

    /** Notes a failure. A peer that is banned already failed in a request begun before: that counts once. */
    public void failed(PeerId peer, double now) {
        Ban ban = bans.remove(peer);
        if (ban != null && ban.until > now) {
            bans.put(peer, ban);
            return;
        }
        int failures = ban == null ? 0 : Math.min(ban.failures, DOUBLINGS_MAX);
        bans.put(peer, new Ban(failures + 1, now + Math.min(secondsMax, secondsFirst * (1 << failures))));
        if (bans.size() > peersMax) {
            bans.remove(bans.keySet().iterator().next());
        }
    }

    /** Notes that the peer is well: it starts afresh. */
    public void answered(PeerId peer) {
        bans.remove(peer);
    }

    public boolean contains(PeerId peer, double now) {
        Ban ban = bans.get(peer);
        return ban != null && ban.until > now;
    }
}
