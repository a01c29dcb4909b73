package corolla.server;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.dht.DhtNode;
import corolla.p2p.PeerId;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Smoothed round trips to servers that can follow this one, for clients that look for the fastest chain. Confined to the
 * announcing task.
 */
final class NextPings {
    private static final double NEW_SHARE = 0.2;
    private static final Duration LIFE = Duration.ofMinutes(5);

    private final Environment environment;
    private final DhtNode dht;
    private final Duration timeout;
    private final int groupMax;
    private final RandomGenerator random;
    private final Map<PeerId, Ping> pings = new LinkedHashMap<>(); // bounded by what lives LIFE

    private record Ping(double seconds, Deadline expires) {}

    /** @param groupMax servers to ping of each group and round */
    NextPings(Environment environment, DhtNode dht, Duration timeout, int groupMax) {
        this.environment = environment;
        this.dht = dht;
        this.timeout = timeout;
        this.groupMax = groupMax;
        this.random = environment.randoms().stream("next pings");
    }

    /** Pings some servers in the middle of {@code own} and some at its end; returns all that is known. */
    Map<PeerId, Double> round(SwarmView view, Span own) throws InterruptedException {
        Set<PeerId> targets = new LinkedHashSet<>();
        targets.addAll(sample(holders(view, own.start() + 1, own.end())));
        targets.addAll(sample(holders(view, own.end(), own.end() + 1)));
        for (Map.Entry<PeerId, Double> ping : ping(targets).entrySet()) {
            note(ping.getKey(), ping.getValue());
        }
        pings.values().removeIf(ping -> ping.expires().isOver(environment.clock()));
        var known = new LinkedHashMap<PeerId, Double>();
        pings.forEach((peer, ping) -> known.put(peer, ping.seconds()));
        return known;
    }

    private Set<PeerId> holders(SwarmView view, int from, int to) {
        Set<PeerId> holders = new LinkedHashSet<>();
        for (int block = from; block < Math.min(to, view.range().end()); block++) {
            view.servers(block).forEach((peer, info) -> {
                if (info.state().isAtLeast(ServerState.ONLINE) && !peer.equals(dht.peerId())) {
                    holders.add(peer);
                }
            });
        }
        return holders;
    }

    private List<PeerId> sample(Collection<PeerId> peers) {
        var rest = new ArrayList<>(peers);
        var chosen = new ArrayList<PeerId>();
        while (chosen.size() < groupMax && !rest.isEmpty()) {
            chosen.add(rest.remove(random.nextInt(rest.size())));
        }
        return chosen;
    }

    private Map<PeerId, Double> ping(Set<PeerId> peers) throws InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), timeout);
        var results = new LinkedHashMap<PeerId, Double>();
        try (TaskScope scope =
                environment.tasks().open("pings of " + dht.peerId().shortForm())) {
            var tasks = new LinkedHashMap<PeerId, Task<Double>>();
            for (PeerId peer : peers) {
                tasks.put(peer, scope.fork("ping " + peer.shortForm(), () -> seconds(peer, deadline)));
            }
            for (Map.Entry<PeerId, Task<Double>> task : tasks.entrySet()) {
                results.put(task.getKey(), await(task.getValue(), deadline));
            }
        }
        return results;
    }

    private static double await(Task<Double> ping, Deadline deadline) throws InterruptedException {
        try {
            return ping.await(deadline);
        } catch (IOException late) {
            return Double.POSITIVE_INFINITY;
        }
    }

    private double seconds(PeerId peer, Deadline deadline) throws InterruptedException {
        try {
            return dht.ping(peer, deadline).toNanos() / 1e9;
        } catch (IOException unreachable) {
            return Double.POSITIVE_INFINITY;
        }
    }

    private void note(PeerId peer, double seconds) {
        Ping old = pings.get(peer);
        pings.put(
                peer,
                new Ping(
                        smoothed(old == null ? seconds : old.seconds(), seconds),
                        Deadline.after(environment.clock(), LIFE)));
    }

    /** An average in which the latest counts a fifth; what was or is unreachable does not mix. */
    static double smoothed(double old, double fresh) {
        boolean mixes = Double.isFinite(old) && Double.isFinite(fresh);
        return mixes ? NEW_SHARE * fresh + (1 - NEW_SHARE) * old : fresh;
    }
}
