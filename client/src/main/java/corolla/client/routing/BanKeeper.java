package corolla.client.routing;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Remembers who failed, and pings servers that could not be reached until they answer. Thread-safe; its tasks live in the scope of its owner. */
final class BanKeeper {
    /** A server that was killed and started again is found this soon. */
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(250);

    /** Servers probed side by side; one that is cut off takes the whole time of a ping. */
    private static final int PROBED_MAX = 32;

    private final Clock clock;
    private final ServerPings pings;
    private final Gate gate; // guards all below

    private final Bans bans;
    private final Set<PeerId> probed = new LinkedHashSet<>();
    private long comebacks; // servers that could not be reached, and have answered

    BanKeeper(Environment environment, ServerPings pings, Duration banTime) {
        this.clock = environment.clock();
        this.pings = pings;
        this.gate = new Gate(clock);
        this.bans = new Bans(banTime);
    }

    void start(TaskScope scope) {
        scope.run("probe", () -> keepProbing(scope));
    }

    void failed(PeerId peer, Failure failure) {
        gate.lock();
        try {
            bans.failed(peer, failure, clock.nanoTime());
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    void succeeded(PeerId peer) {
        gate.lock();
        try {
            if (!bans.isEmpty()) {
                bans.succeeded(peer);
            }
        } finally {
            gate.unlock();
        }
    }

    /** Who is banned now. */
    Set<PeerId> active() {
        gate.lock();
        try {
            return bans.active(clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    /** Whose ban ends with an answer to a ping: they are pinged all the time. */
    Set<PeerId> awaited() {
        gate.lock();
        try {
            return bans.awaited(clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    /** Why they are. */
    Map<PeerId, String> reasons() {
        gate.lock();
        try {
            return bans.reasons(clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    /** For {@code longest}, or until a server that could not be reached has answered a ping. */
    void pause(Duration longest) throws InterruptedException {
        Deadline end = Deadline.after(clock, longest);
        gate.lock();
        try {
            long before = comebacks;
            while (comebacks == before && gate.await(end)) {
                // signalled for something else
            }
        } finally {
            gate.unlock();
        }
    }

    /** Pings servers that could not be reached, each in a task of its own. */
    private void keepProbing(TaskScope scope) throws InterruptedException {
        while (true) {
            PeerId peer = awaitUnreachable();
            scope.run("probe " + peer.shortForm(), () -> probe(peer));
        }
    }

    /** A server that could not be reached and is not probed yet. */
    private PeerId awaitUnreachable() throws InterruptedException {
        gate.lock();
        try {
            while (true) {
                for (PeerId peer : bans.awaited(clock.nanoTime())) {
                    if (probed.size() < PROBED_MAX && probed.add(peer)) {
                        return peer;
                    }
                }
                gate.await(Deadline.never(clock)); // signalled at each failure and at the end of each probe
            }
        } finally {
            gate.unlock();
        }
    }

    /** Until the server answers or its ban ends. */
    private void probe(PeerId peer) throws InterruptedException {
        boolean isOver = false;
        while (!isOver) {
            boolean answers = !pings.measure(Set.of(peer)).isEmpty();
            isOver = probed(peer, answers);
            if (!isOver) {
                clock.sleep(BETWEEN_PROBES);
            }
        }
    }

    /** Returns whether that was enough. */
    private boolean probed(PeerId peer, boolean answers) {
        gate.lock();
        try {
            long now = clock.nanoTime();
            if (answers) {
                bans.answered(peer, now);
                comebacks++;
            }
            boolean isOver = answers || !bans.awaited(now).contains(peer);
            if (isOver) {
                probed.remove(peer);
                gate.signalAll();
            }
            return isOver;
        } finally {
            gate.unlock();
        }
    }
}
