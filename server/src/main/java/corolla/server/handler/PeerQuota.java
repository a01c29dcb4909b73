package corolla.server.handler;

import corolla.p2p.PeerId;
import java.util.HashMap;
import java.util.Map;

/** Counts what peers have open, so that one of them cannot take all. Thread-safe; remembers only peers that have something open. */
final class PeerQuota {
    private final String what;
    private final int max;
    private final int perPeerMax;
    private final Map<PeerId, Integer> open = new HashMap<>(); // guarded by this
    private int total; // guarded by this

    /** @param what in the plural, for the refusal */
    PeerQuota(String what, int max, int perPeerMax) {
        this.what = what;
        this.max = max;
        this.perPeerMax = perPeerMax;
    }

    /** One more; the caller closes it. */
    synchronized Entry enter(PeerId peer) throws RequestException {
        int own = open.getOrDefault(peer, 0);
        if (own >= perPeerMax) {
            throw new RequestException("Too many " + what + " of one peer: " + own + " are open, try later");
        }
        if (total >= max) {
            throw new RequestException("Server is overloaded: " + total + " " + what + " are open, try later");
        }
        open.put(peer, own + 1);
        total++;
        return new Entry(peer);
    }

    synchronized int total() {
        return total;
    }

    private synchronized void leave(PeerId peer) {
        total--;
        open.computeIfPresent(peer, (key, own) -> own == 1 ? null : own - 1);
    }

    /** One that is open. Closed once, by its owner. */
    final class Entry implements AutoCloseable {
        private final PeerId peer;

        private Entry(PeerId peer) {
            this.peer = peer;
        }

        @Override
        public void close() {
            leave(peer);
        }
    }
}
