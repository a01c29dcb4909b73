package corolla.p2p.host;

import corolla.base.time.Clock;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** The open connections by peer, in the order they came. Thread-safe. */
final class ConnectionTable {
    /** With so many connections no other is made because these are silent. */
    private static final int PER_PEER_MAX = 3;

    private final Clock clock;
    private final P2pLimits limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<PeerId, List<Connection>> connections = new LinkedHashMap<>(); // guarded by lock
    private final Set<PeerId> kept = new HashSet<>(); // guarded by lock; looked up only
    private int count; // guarded by lock

    ConnectionTable(Clock clock, P2pLimits limits) {
        this.clock = clock;
        this.limits = limits;
    }

    /** Whether even idle connections no longer make room. */
    boolean isFull() {
        lock.lock();
        try {
            return count >= 2 * limits.connectionsHigh();
        } finally {
            lock.unlock();
        }
    }

    /** Adds it, and tells which to close because there are too many: idle ones past their grace, eldest first. */
    List<Connection> add(Connection connection) {
        lock.lock();
        try {
            connections
                    .computeIfAbsent(connection.peer(), peer -> new ArrayList<>(1))
                    .add(connection);
            count++;
            return count > limits.connectionsHigh() ? superfluous() : List.of();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the peer's connections are spared when there are too many. */
    void keep(PeerId peer, boolean keep) {
        lock.lock();
        try {
            if (keep) {
                kept.add(peer);
            } else {
                kept.remove(peer);
            }
        } finally {
            lock.unlock();
        }
    }

    private List<Connection> superfluous() {
        long now = clock.nanoTime();
        List<Connection> chosen = new ArrayList<>();
        for (List<Connection> ofPeer : connections.values()) {
            for (Connection connection : ofPeer) {
                boolean isOld = now - connection.openedNanos()
                        > limits.connectionGrace().toNanos();
                if (isOld
                        && connection.isIdle()
                        && !kept.contains(connection.peer())
                        && count - chosen.size() > limits.connectionsLow()) {
                    chosen.add(connection);
                }
            }
        }
        return chosen;
    }

    /** Removes it, and tells whether it was the peer's last one. */
    boolean remove(Connection connection) {
        lock.lock();
        try {
            List<Connection> ofPeer = connections.get(connection.peer());
            if (ofPeer == null || !ofPeer.remove(connection)) {
                return false;
            }
            count--;
            if (!ofPeer.isEmpty()) {
                return false;
            }
            connections.remove(connection.peer());
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The connection to use for the peer: the eldest that is open, not doubted, and, if there is a choice, not through a relay. */
    Optional<Connection> best(PeerId peer) {
        List<Connection> open = open(peer);
        Optional<Connection> best = direct(open.stream().filter(connection -> !connection.isDoubted()));
        return best.isPresent() || open.size() < PER_PEER_MAX ? best : direct(open.stream());
    }

    /** One to use when there is no better: doubted or not. */
    Optional<Connection> any(PeerId peer) {
        return direct(open(peer).stream());
    }

    private static Optional<Connection> direct(Stream<Connection> connections) {
        return connections.min(
                Comparator.comparing(connection -> connection.address().isRelayed()));
    }

    private List<Connection> open(PeerId peer) {
        return of(peer).stream().filter(Connection::isOpen).toList();
    }

    List<Connection> of(PeerId peer) {
        lock.lock();
        try {
            return List.copyOf(connections.getOrDefault(peer, List.of()));
        } finally {
            lock.unlock();
        }
    }

    List<Connection> all() {
        lock.lock();
        try {
            List<Connection> all = new ArrayList<>();
            connections.values().forEach(all::addAll);
            return all;
        } finally {
            lock.unlock();
        }
    }

    List<PeerId> peers() {
        lock.lock();
        try {
            return List.copyOf(connections.keySet());
        } finally {
            lock.unlock();
        }
    }

    Set<String> protocols(PeerId peer) {
        return of(peer).stream()
                .map(Connection::protocols)
                .filter(protocols -> !protocols.isEmpty())
                .reduce((earlier, later) -> later)
                .orElse(Set.of());
    }
}
