package corolla.client.routing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Measures round trips to a sample of a swarm's servers, side by side. Thread-safe, but for
 * {@link #measure(SwarmView)}, which is one task's. */
final class ServerPings {
    private final Environment environment;
    private final Clock clock;
    private final Pinger pinger;
    private final RoutingConfig config;
    private final Random random; // of the updating task
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Latencies latencies = new Latencies();

    ServerPings(Environment environment, Pinger pinger, RoutingConfig config) {
        this.environment = environment;
        this.clock = environment.clock();
        this.pinger = pinger;
        this.config = config;
        this.random = Random.from(environment.randoms().stream("client pings"));
    }

    /** Seconds by peer, as far as measured lately; infinity for those that did not answer. */
    Map<PeerId, Double> fresh() {
        synchronized (lock) {
            return latencies.fresh(clock.nanoTime());
        }
    }

    /** The round trip to a peer as far as measured lately; 0 where it was not, or the peer did not answer. */
    double seconds(PeerId peer) {
        synchronized (lock) {
            double seconds = latencies.seconds(peer, clock.nanoTime());
            return Double.isFinite(seconds) ? seconds : 0;
        }
    }

    /** Pings some servers of the first blocks, of the last, and of those between; waits for all answers. */
    void measure(SwarmView view) throws InterruptedException {
        measure(sample(view));
    }

    /** Pings peers side by side; returns those that have answered. */
    List<PeerId> measure(Set<PeerId> peers) throws InterruptedException {
        Deadline deadline = Deadline.after(clock, config.pingTimeout());
        var answered = new ArrayList<PeerId>();
        try (TaskScope scope = environment.tasks().open("ping servers")) {
            var tasks = new LinkedHashMap<PeerId, Task<Boolean>>();
            for (PeerId peer : peers) {
                tasks.put(peer, scope.fork("ping " + peer.shortForm(), () -> ping(peer, deadline)));
            }
            for (Map.Entry<PeerId, Task<Boolean>> task : tasks.entrySet()) {
                if (await(task.getValue())) {
                    answered.add(task.getKey());
                }
            }
        }
        return answered;
    }

    private boolean await(Task<Boolean> task) throws InterruptedException {
        try {
            // Pings end by their own deadline; the second is for threads to come to their turn.
            return task.await(Deadline.after(clock, config.pingTimeout().plusSeconds(1)));
        } catch (IOException e) {
            System.getLogger(ServerPings.class.getName()).log(System.Logger.Level.DEBUG, "ping not finished", e);
            return false;
        }
    }

    private boolean ping(PeerId peer, Deadline deadline) throws InterruptedException {
        double seconds;
        try {
            seconds = pinger.ping(peer, deadline).toNanos() / 1e9;
        } catch (IOException noAnswer) {
            seconds = Double.POSITIVE_INFINITY;
        }
        synchronized (lock) {
            latencies.measured(peer, seconds, clock.nanoTime());
        }
        return Double.isFinite(seconds);
    }

    private Set<PeerId> sample(SwarmView view) {
        List<PeerSpan> servers = view.spans(ServerState.ONLINE);
        Span all = view.range();
        var first =
                servers.stream().filter(s -> s.span().start() == all.start()).toList();
        var last = servers.stream().filter(s -> s.span().end() == all.end()).toList();
        var sample = new LinkedHashSet<PeerId>();
        int share = Math.ceilDiv(config.pingedMax(), 3);
        draw(first, share, sample);
        draw(last, share, sample);
        draw(servers, config.pingedMax() - sample.size(), sample);
        return sample;
    }

    private void draw(List<PeerSpan> servers, int count, Set<PeerId> into) {
        var shuffled = new ArrayList<>(servers);
        Collections.shuffle(shuffled, random);
        shuffled.stream()
                .map(PeerSpan::peer)
                .filter(peer -> !into.contains(peer))
                .limit(Math.max(0, count))
                .forEach(into::add);
    }
}
