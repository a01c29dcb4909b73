package corolla.server;

import corolla.base.task.Gate;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.directory.Announcer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;

/**
 * Tells the swarm about this server, again in each update period and at once when its standing changes. A round that fails is
 * logged and tried again: the server serves on, and those who know it find it. Thread-safe: rounds come one after another, so that a
 * late one cannot undo what a newer one has said.
 */
final class ServerAnnouncements {
    private static final System.Logger LOG = System.getLogger(ServerAnnouncements.class.getName());

    private final ServerParts parts;
    private final Announcer announcer;
    private final NextPings pings;
    private final Gate gate;
    private ServerFacts facts; // guarded by gate
    private List<Standing> standings; // guarded by gate
    private boolean announcing; // guarded by gate
    private boolean resting; // guarded by gate
    private boolean stopped; // guarded by gate
    private boolean isWished; // guarded by gate

    /** @param facts as known before anything is measured */
    ServerAnnouncements(ServerParts parts, Announcer announcer, NextPings pings, ServerFacts facts) {
        this.parts = parts;
        this.announcer = announcer;
        this.pings = pings;
        this.facts = facts;
        this.standings = List.of();
        this.gate = new Gate(parts.environment().clock());
    }

    /** From the next round on. */
    void learn(ServerFacts measured) {
        gate.lock();
        try {
            facts = measured;
        } finally {
            gate.unlock();
        }
    }

    /** Whether the server has moved lately; told from the next round on. */
    void rest(boolean value) {
        gate.lock();
        try {
            resting = value;
        } finally {
            gate.unlock();
        }
    }

    /** Tells this now, and again in each period until there is something else to tell. */
    void tell(List<Standing> now) throws InterruptedException {
        gate.lock();
        try {
            standings = List.copyOf(now);
        } finally {
            gate.unlock();
        }
        round(Map.of());
    }

    /** Takes back all that was told. */
    void tellGone() throws InterruptedException {
        tell(current().stream()
                .map(standing -> new Standing(standing.blocks(), standing.blocks(), ServerState.OFFLINE))
                .toList());
    }

    /** Rounds with pings, from now on until {@link #stop}. */
    void repeat() throws InterruptedException {
        while (!isStopped()) {
            Deadline next = parts.within(parts.config().updatePeriod());
            forgetWish(); // what is wished for comes now
            Map<PeerId, Double> nextPings = ping();
            round(nextPings);
            while (awaitWish(next)) {
                round(nextPings);
            }
        }
    }

    /** Something that is announced has changed: the swarm is told at once, not only in the next period. Returns at once. */
    void wish() {
        gate.lock();
        try {
            isWished = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private void forgetWish() {
        gate.lock();
        try {
            isWished = false;
        } finally {
            gate.unlock();
        }
    }

    /** Ends {@link #repeat} after its present round. */
    void stop() {
        gate.lock();
        try {
            stopped = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private boolean isStopped() {
        gate.lock();
        try {
            return stopped;
        } finally {
            gate.unlock();
        }
    }

    /** Returns whether there is something to tell before {@code next}. */
    private boolean awaitWish(Deadline next) throws InterruptedException {
        gate.lock();
        try {
            if (next.isOver(parts.environment().clock())) {
                LOG.log(
                        Level.WARNING,
                        "announcing took longer than its period of {0}",
                        parts.config().updatePeriod());
            }
            while (!stopped && !isWished && gate.await(next)) {
                // signalled: look again what it was
            }
            boolean wished = isWished && !stopped;
            isWished = false;
            return wished;
        } finally {
            gate.unlock();
        }
    }

    private void round(Map<PeerId, Double> nextPings) throws InterruptedException {
        beginRound();
        try {
            for (Standing standing : current()) {
                announce(standing, nextPings);
            }
        } finally {
            endRound();
        }
    }

    private void beginRound() throws InterruptedException {
        Deadline never = Deadline.never(parts.environment().clock()); // a round ends by its own deadline
        gate.lock();
        try {
            while (announcing) {
                gate.await(never);
            }
            announcing = true;
        } finally {
            gate.unlock();
        }
    }

    private void endRound() {
        gate.lock();
        try {
            announcing = false;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private List<Standing> current() {
        gate.lock();
        try {
            return standings;
        } finally {
            gate.unlock();
        }
    }

    private boolean isResting() {
        gate.lock();
        try {
            return resting;
        } finally {
            gate.unlock();
        }
    }

    private ServerFacts facts() {
        gate.lock();
        try {
            return facts;
        } finally {
            gate.unlock();
        }
    }

    private void announce(Standing standing, Map<PeerId, Double> nextPings) throws InterruptedException {
        Span blocks = standing.blocks();
        ServerState state = standing.state();
        boolean known = state != ServerState.OFFLINE;
        try {
            int stored = announcer.announce(
                    blocks,
                    facts().info(standing.announced(), state, isResting(), known ? nextPings : null),
                    parts.announceDeadline());
            Level level = stored == blocks.length() ? Level.DEBUG : Level.WARNING;
            LOG.log(level, "announced state={0} blocks={1} stored={2} of {3}", state, blocks, stored, blocks.length());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "cannot announce state={0} blocks={1}: {2}", state, blocks, failed.getMessage());
        }
    }

    private Map<PeerId, Double> ping() throws InterruptedException {
        Span online = current().stream()
                .filter(standing -> standing.state() == ServerState.ONLINE)
                .map(Standing::blocks)
                .findFirst()
                .orElse(null);
        if (online == null) {
            return Map.of();
        }
        try {
            return pings.round(parts.view(), online);
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "cannot read the swarm for pings: {0}", failed.getMessage());
        }
        return Map.of();
    }
}
