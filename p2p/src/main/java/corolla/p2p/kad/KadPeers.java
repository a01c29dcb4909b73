package corolla.p2p.kad;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The routing table as threads share it, and the wait for its first member. Thread-safe. */
final class KadPeers {
    private final Gate gate;

    private final KadTable table; // guarded by gate
    private final Map<PeerId, Integer> asked = new HashMap<>(); // guarded by gate

    KadPeers(Clock clock, KadTable table) {
        this.gate = new Gate(clock);
        this.table = table;
    }

    /** What a peer says it serves decides whether it belongs here. */
    void identified(PeerId peer, Set<String> protocols) {
        gate.lock();
        try {
            if (protocols.contains(Kad.PROTOCOL)) {
                table.add(peer);
                gate.signalAll();
            } else {
                table.remove(peer);
            }
        } finally {
            gate.unlock();
        }
    }

    void answered(PeerId peer) {
        gate.lock();
        try {
            table.add(peer);
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    void failed(PeerId peer) {
        gate.lock();
        try {
            table.fail(peer);
        } finally {
            gate.unlock();
        }
    }

    /** A lookup is about to open a stream to the peer. */
    void beginAsking(PeerId peer) {
        gate.lock();
        try {
            asked.merge(peer, 1, Integer::sum);
        } finally {
            gate.unlock();
        }
    }

    void endAsking(PeerId peer) {
        gate.lock();
        try {
            asked.computeIfPresent(peer, (id, count) -> count == 1 ? null : count - 1);
        } finally {
            gate.unlock();
        }
    }

    boolean isAsked(PeerId peer) {
        gate.lock();
        try {
            return asked.containsKey(peer);
        } finally {
            gate.unlock();
        }
    }

    List<PeerId> nearest(KadKey target, int count) {
        gate.lock();
        try {
            return table.nearest(target, count);
        } finally {
            gate.unlock();
        }
    }

    int size() {
        gate.lock();
        try {
            return table.size();
        } finally {
            gate.unlock();
        }
    }

    /** Waits until the table has a member. */
    void awaitSomebody(Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            while (table.size() == 0 && gate.await(deadline)) {
                // look again
            }
        } finally {
            gate.unlock();
        }
    }
}
