package corolla.p2p.kad;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One iterative lookup: whom to ask next, and when it is enough. Pure: no I/O, no clock. Confined to its owner's lock.
 */
final class KadLookup {
    private final KadLimits limits;
    private final PeerId self;
    private final int answeredMin;
    private final TreeMap<KadKey, Candidate> candidates;
    private int waiting;
    private int queries;

    private enum State {
        HEARD,
        WAITING,
        ANSWERED,
        FAILED
    }

    private record Candidate(PeerId peer, State state) {}

    /**
     * A lookup of the neighbourhood of {@code target}.
     *
     * @param self never asked
     * @param answeredMin done when so many of the nearest peers that did not fail have answered
     */
    KadLookup(KadKey target, PeerId self, int answeredMin, KadLimits limits) {
        this.limits = limits;
        this.self = self;
        this.answeredMin = answeredMin;
        this.candidates = new TreeMap<>(target::compareDistance);
    }

    /** Adds peers heard of. When there are too many, the farthest that were not asked are forgotten. */
    void heard(Collection<PeerId> peers) {
        for (PeerId peer : peers) {
            if (!peer.equals(self)) {
                candidates.putIfAbsent(KadKey.of(peer), new Candidate(peer, State.HEARD));
            }
        }
        while (candidates.size() > limits.candidatesMax()) {
            candidates.pollLastEntry();
        }
    }

    /** The next peer to ask, which is marked as asked; empty while there is nobody to ask or {@code waitingMax} are asked already. */
    Optional<PeerId> next(int waitingMax) {
        if (waiting >= waitingMax || queries >= limits.queriesMax() || isEnough()) {
            return Optional.empty();
        }
        for (var entry : candidates.entrySet()) {
            if (entry.getValue().state == State.HEARD) {
                PeerId peer = entry.getValue().peer;
                entry.setValue(new Candidate(peer, State.WAITING));
                waiting++;
                queries++;
                return Optional.of(peer);
            }
        }
        return Optional.empty();
    }

    void answered(PeerId peer, Collection<PeerId> closer) {
        end(peer, State.ANSWERED);
        heard(closer);
    }

    void failed(PeerId peer) {
        end(peer, State.FAILED);
    }

    private void end(PeerId peer, State state) {
        waiting--;
        candidates.computeIfPresent(KadKey.of(peer), (key, candidate) -> new Candidate(peer, state));
    }

    /** True when {@link #next} will give nobody any more, whatever the answers under way say. */
    boolean isDone() {
        return isEnough() || (waiting == 0 && (queries >= limits.queriesMax() || nobodyLeft()));
    }

    private boolean nobodyLeft() {
        return candidates.values().stream().noneMatch(candidate -> candidate.state == State.HEARD);
    }

    /** The nearest peers that did not fail have all answered. */
    private boolean isEnough() {
        int answered = 0;
        for (Candidate candidate : candidates.values()) {
            switch (candidate.state) {
                case ANSWERED -> answered++;
                case HEARD, WAITING -> {
                    return false;
                }
                case FAILED -> {}
            }
            if (answered == answeredMin) {
                return true;
            }
        }
        return false;
    }

    /** Peers that answered, nearest first. */
    List<PeerId> answered() {
        List<PeerId> peers = new ArrayList<>();
        for (Candidate candidate : candidates.values()) {
            if (candidate.state == State.ANSWERED) {
                peers.add(candidate.peer);
            }
        }
        return peers;
    }
}
