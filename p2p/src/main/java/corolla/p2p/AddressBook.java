package corolla.p2p;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where peers can be reached, each address until it expires. Bounded: the peer that was asked for or told about longest ago
 * makes room for a new one, and so does the address that expires first. Thread-safe.
 */
public final class AddressBook {
    private final Clock clock;
    private final P2pLimits limits;
    private final Object lock = new Object();

    /** Peers in order of last use; addresses in the order they came, with their expiration in {@link Clock#nanoTime}. */
    @GuardedBy("lock")
    private final LinkedHashMap<PeerId, Map<Multiaddr, Long>> peers = new LinkedHashMap<>(16, 0.75f, true);

    public AddressBook(Clock clock, P2pLimits limits) {
        this.clock = clock;
        this.limits = limits;
    }

    /**
     * Adds addresses, with or without {@code /p2p/ID} at the end. An address that is there already keeps the later expiration;
     * one that names another peer is ignored.
     */
    public void add(PeerId peer, Collection<Multiaddr> addresses, Duration ttl) {
        long expiration = clock.nanoTime() + ttl.toNanos();
        synchronized (lock) {
            Map<Multiaddr, Long> known = peers.computeIfAbsent(peer, p -> new LinkedHashMap<>());
            for (Multiaddr address : addresses) {
                if (PeerId.at(address).map(peer::equals).orElse(true)) {
                    address.withoutPeer()
                            .ifPresent(plain -> known.merge(plain, expiration, (a, b) -> a - b > 0 ? a : b));
                }
            }
            trim(known);
            if (known.isEmpty()) {
                peers.remove(peer);
            }
            dropEldestPeers();
        }
    }

    /** Lets the peer's present addresses live for {@code ttl} from now: shorter or longer than before. */
    public void setTtl(PeerId peer, Duration ttl) {
        long expiration = clock.nanoTime() + ttl.toNanos();
        synchronized (lock) {
            Map<Multiaddr, Long> known = peers.get(peer);
            if (known != null) {
                known.replaceAll((address, before) -> expiration);
            }
        }
    }

    /** The addresses that have not expired, in the order they came, without {@code /p2p/ID} at the end. */
    public List<Multiaddr> addresses(PeerId peer) {
        long now = clock.nanoTime();
        synchronized (lock) {
            Map<Multiaddr, Long> known = peers.get(peer);
            if (known == null) {
                return List.of();
            }
            List<Multiaddr> alive = alive(known, now);
            if (alive.isEmpty()) {
                peers.remove(peer);
            }
            return alive;
        }
    }

    /** Removes those that have expired. */
    private static List<Multiaddr> alive(Map<Multiaddr, Long> known, long now) {
        List<Multiaddr> alive = new ArrayList<>(known.size());
        for (var entries = known.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<Multiaddr, Long> entry = entries.next();
            if (entry.getValue() - now <= 0) {
                entries.remove();
            } else {
                alive.add(entry.getKey());
            }
        }
        return Collections.unmodifiableList(alive);
    }

    public void remove(PeerId peer) {
        synchronized (lock) {
            peers.remove(peer);
        }
    }

    /** Peers with an address, used last first to be forgotten. */
    public List<PeerId> peers() {
        synchronized (lock) {
            return List.copyOf(peers.keySet());
        }
    }

    private void trim(Map<Multiaddr, Long> known) {
        while (known.size() > limits.addressesPerPeerMax()) {
            Multiaddr first = soonestExpiring(known);
            if (first != null) {
                known.remove(first);
            }
        }
    }

    private static @Nullable Multiaddr soonestExpiring(Map<Multiaddr, Long> known) {
        Multiaddr soonest = null;
        long expiration = 0;
        for (Map.Entry<Multiaddr, Long> entry : known.entrySet()) {
            if (soonest == null || entry.getValue() - expiration < 0) {
                soonest = entry.getKey();
                expiration = entry.getValue();
            }
        }
        return soonest;
    }

    @GuardedBy("lock")
    private void dropEldestPeers() {
        var eldest = peers.keySet().iterator();
        while (peers.size() > limits.addressBookPeersMax() && eldest.hasNext()) {
            eldest.next();
            eldest.remove();
        }
    }
}
