package corolla.server;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Announcer;
import corolla.swarm.directory.Directory;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Map;

/**
 * Tells the swarm about this server, again in each update period and at once when its state changes. A round that fails is
 * logged and tried again: the server serves on, and those who know it find it. One task runs {@link #repeat}; the other
 * methods come from the server's own thread.
 */
final class ServerAnnouncements {
    private static final System.Logger LOG = System.getLogger(ServerAnnouncements.class.getName());

    private final Environment environment;
    private final ServerConfig config;
    private final Announcer announcer;
    private final Directory directory;
    private final NextPings pings;
    private final Span allBlocks;
    private final Gate gate;
    private boolean stopped; // guarded by gate
    private boolean isWished; // guarded by gate

    /** @param allBlocks of the model */
    ServerAnnouncements(
            Environment environment,
            ServerConfig config,
            Announcer announcer,
            Directory directory,
            NextPings pings,
            Span allBlocks) {
        this.environment = environment;
        this.config = config;
        this.announcer = announcer;
        this.directory = directory;
        this.pings = pings;
        this.allBlocks = allBlocks;
        this.gate = new Gate(environment.clock());
    }

    /** One round without pings. */
    void announce(ServerFacts facts, ServerState state) throws InterruptedException {
        announce(facts, state, Map.of());
    }

    /** Rounds with pings, from now on until {@link #stop}. */
    void repeat(ServerFacts facts) throws InterruptedException {
        while (!isStopped()) {
            Deadline next = Deadline.after(environment.clock(), config.updatePeriod());
            forgetWish(); // what is wished for comes now
            Map<PeerId, Double> nextPings = ping(facts);
            announce(facts, ServerState.ONLINE, nextPings);
            while (awaitWish(next)) {
                announce(facts, ServerState.ONLINE, nextPings);
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
            if (next.isOver(environment.clock())) {
                LOG.log(Level.WARNING, "announcing took longer than its period of {0}", config.updatePeriod());
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

    private void announce(ServerFacts facts, ServerState state, Map<PeerId, Double> nextPings)
            throws InterruptedException {
        Span span = facts.model().span();
        boolean known = state != ServerState.OFFLINE;
        try {
            int stored = announcer.announce(span, facts.info(state, known ? nextPings : null), deadline());
            Level level = stored == span.length() ? Level.DEBUG : Level.WARNING;
            LOG.log(level, "announced state={0} blocks={1} stored={2} of {3}", state, span, stored, span.length());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "cannot announce state={0} blocks={1}: {2}", state, span, failed.getMessage());
        }
    }

    private Map<PeerId, Double> ping(ServerFacts facts) throws InterruptedException {
        try {
            SwarmView view = directory.read(allBlocks, deadline());
            return pings.round(view, facts.model().span());
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "cannot read the swarm for pings: {0}", failed.getMessage());
        }
        return Map.of();
    }

    private Deadline deadline() {
        return Deadline.after(environment.clock(), config.limits().announceTimeout());
    }
}
