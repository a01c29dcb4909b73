package corolla.server.placement;

import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which servers do not answer pings: records of a crashed server live for minutes, and clients do not wait that long. One that has been silent
 * for a while, in several pings, counts as gone until it answers. Pure: takes the time as a parameter. Confined.
 */
public final class Absence {
    /** Servers remembered; the longest silent goes first. */
    private static final int PEERS_MAX = 1024;

    private static final int PINGS_MIN = 2;

    private final Duration patience;
    private final Map<PeerId, Silence> silent = new LinkedHashMap<>();

    private record Silence(long sinceNanoTime, int pings) {}

    /** @param patience from the first ping without an answer on */
    public Absence(Duration patience) {
        this.patience = patience;
    }

    /** A ping was answered, or was not. */
    public void note(PeerId peer, boolean answered, long nanoTime) {
        if (answered) {
            silent.remove(peer);
            return;
        }
        Silence before = silent.getOrDefault(peer, new Silence(nanoTime, 0));
        silent.put(peer, new Silence(before.sinceNanoTime, before.pings + 1));
        if (silent.size() > PEERS_MAX) {
            silent.remove(silent.keySet().iterator().next());
        }
    }

    /** Who is to be asked again, because the last ping was not answered. */
    public Set<PeerId> doubted() {
        return Set.copyOf(silent.keySet());
    }

    /** Who counts as gone. */
    public Set<PeerId> gone(long nanoTime) {
        var gone = new LinkedHashSet<PeerId>();
        silent.forEach((peer, silence) -> {
            if (silence.pings >= PINGS_MIN && nanoTime - silence.sinceNanoTime >= patience.toNanos()) {
                gone.add(peer);
            }
        });
        return gone;
    }

    /** Forgets those whose records have expired. */
    public void retain(Set<PeerId> known) {
        silent.keySet().retainAll(known);
    }
}
