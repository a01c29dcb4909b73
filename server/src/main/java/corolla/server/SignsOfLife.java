package corolla.server;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.server.placement.Absence;
import corolla.swarm.ServerState;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Asks servers whether they are there, those first that are a block's only one. Confined to the balancing task. */
final class SignsOfLife {
    private final ServerParts parts;
    private final RandomGenerator random;
    private final Absence absence;

    SignsOfLife(ServerParts parts) {
        this.parts = parts;
        this.random = parts.environment().randoms().stream("signs of life");
        this.absence = new Absence(parts.config().placement().absence());
    }

    /** Pings some servers of this view, and tells who counts as gone. */
    Set<PeerId> look(SwarmView view) throws InterruptedException {
        Clock clock = parts.environment().clock();
        Set<PeerId> others = online(view);
        absence.retain(others);
        Set<PeerId> targets = targets(view, others);
        for (Map.Entry<PeerId, Boolean> answer : ask(targets).entrySet()) {
            absence.note(answer.getKey(), answer.getValue(), clock.nanoTime());
        }
        return absence.gone(clock.nanoTime());
    }

    /** Whether somebody has not answered, and does not count as gone yet. */
    boolean isInDoubt() {
        Set<PeerId> gone = absence.gone(parts.environment().clock().nanoTime());
        return !gone.containsAll(absence.doubted());
    }

    private Set<PeerId> online(SwarmView view) {
        Set<PeerId> online = new LinkedHashSet<>();
        view.spans(ServerState.ONLINE).forEach(server -> online.add(server.peer()));
        online.remove(parts.network().host().peerId());
        return online;
    }

    private Set<PeerId> targets(SwarmView view, Set<PeerId> others) {
        int max = parts.config().placement().pingsMax();
        Set<PeerId> targets = new LinkedHashSet<>(absence.doubted());
        targets.addAll(sample(alone(view, others), max - targets.size()));
        Set<PeerId> rest = new LinkedHashSet<>(others);
        rest.removeAll(targets);
        targets.addAll(sample(rest, max - targets.size()));
        return targets;
    }

    /** Servers that are the only one of some block. */
    private static Set<PeerId> alone(SwarmView view, Set<PeerId> others) {
        Set<PeerId> alone = new LinkedHashSet<>();
        for (int block = view.range().start(); block < view.range().end(); block++) {
            List<PeerId> holders = view.servers(block).entrySet().stream()
                    .filter(entry -> entry.getValue().state().isAtLeast(ServerState.ONLINE))
                    .map(Map.Entry::getKey)
                    .toList();
            if (holders.size() == 1 && others.contains(holders.getFirst())) {
                alone.add(holders.getFirst());
            }
        }
        return alone;
    }

    private List<PeerId> sample(Set<PeerId> from, int max) {
        var rest = new ArrayList<>(from);
        var chosen = new ArrayList<PeerId>();
        while (chosen.size() < max && !rest.isEmpty()) {
            chosen.add(rest.remove(random.nextInt(rest.size())));
        }
        return chosen;
    }

    private Map<PeerId, Boolean> ask(Set<PeerId> peers) throws InterruptedException {
        Duration timeout = parts.config().limits().pingTimeout();
        Deadline deadline = parts.within(timeout);
        Deadline late = parts.within(timeout.plusSeconds(1)); // the ping's own end comes first
        var answers = new LinkedHashMap<PeerId, Boolean>();
        try (TaskScope scope = parts.environment().tasks().open("signs of life")) {
            var tasks = new LinkedHashMap<PeerId, Task<Duration>>();
            for (PeerId peer : peers) {
                tasks.put(
                        peer,
                        scope.fork(
                                "ping " + peer.shortForm(),
                                () -> parts.network().dht().ping(peer, deadline)));
            }
            for (Map.Entry<PeerId, Task<Duration>> task : tasks.entrySet()) {
                answers.put(task.getKey(), hasAnswered(task.getValue(), late));
            }
        }
        return answers;
    }

    private static boolean hasAnswered(Task<Duration> ping, Deadline deadline) throws InterruptedException {
        try {
            ping.await(deadline);
            return true;
        } catch (IOException silent) {
            return false;
        }
    }
}
