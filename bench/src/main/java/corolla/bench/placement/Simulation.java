package corolla.bench.placement;

import corolla.server.placement.PlacedServer;
import corolla.server.placement.PlacedServer.Readiness;
import corolla.server.placement.Placement;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A swarm of machines that come, go, and move by one rule, event after event. Confined; the same seed gives the same run. */
final class Simulation {
    static final double SAMPLE_PERIOD = 10;

    private final Trace trace;
    private final PlacementRule rule;
    private final Times times;
    private final RandomGenerator random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Peer> peers = new ArrayList<>();
    private final List<Double> samples = new ArrayList<>();
    private final List<Double> moves = new ArrayList<>();
    private double now;
    private int order;

    private record Event(double at, int order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Double.compare(at, other.at) : Integer.compare(order, other.order);
        }
    }

    /**
     * What came of it.
     *
     * @param throughput of the weakest block, every {@link #SAMPLE_PERIOD}
     * @param moves when each of them began
     */
    record Outcome(double[] throughput, double[] moves) {

        /** How many moves there were by then. */
        int movesUntil(double time) {
            return (int) Arrays.stream(moves).filter(move -> move <= time).count();
        }
    }

    private Simulation(Trace trace, PlacementRule rule, long seed) {
        this.trace = trace;
        this.rule = rule;
        this.times = rule.times();
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    static Outcome run(Trace trace, PlacementRule rule, long seed) {
        return new Simulation(trace, rule, seed).run();
    }

    private Outcome run() {
        for (Machine machine : trace.machines()) {
            at(machine.arrives(), () -> arrive(machine));
        }
        for (double time = 0; time <= Trace.ENDS; time += SAMPLE_PERIOD) {
            at(time, () -> samples.add(weakest()));
        }
        while (!events.isEmpty() && events.peek().at <= Trace.ENDS) {
            Event event = events.remove();
            now = event.at;
            event.action.run();
        }
        return new Outcome(array(samples), array(moves));
    }

    private static double[] array(List<Double> list) {
        return list.stream().mapToDouble(each -> each).toArray();
    }

    private void at(double time, Runnable action) {
        events.add(new Event(time, order++, action));
    }

    private void after(Peer peer, double seconds, Runnable action) {
        at(now + seconds, () -> {
            if (!peer.isGone(now)) {
                action.run();
            }
        });
    }

    /** What clients can get now. */
    private double weakest() {
        double[] sums = new double[Trace.BLOCKS];
        for (Peer peer : peers) {
            Span span = peer.serving;
            if (span != null) {
                for (int block = span.start(); block < span.end(); block++) {
                    sums[block] += peer.machine.throughput();
                }
            }
        }
        return Arrays.stream(sums).min().orElseThrow();
    }

    /** Who holds what, as {@code by} sees it: not the latest news, and dead servers for a while. */
    private Placement seen(Peer by) {
        return seen(by, false);
    }

    /** @param contesting whether claims of those that have to give way to {@code by} do not count, nor its own */
    private Placement seen(Peer by, boolean contesting) {
        double forgotten = rule.isGentle() ? times.absence() : times.expiration();
        var servers = new ArrayList<PlacedServer>();
        for (Peer peer : peers) {
            Machine machine = peer.machine;
            boolean isForgotten = now >= peer.goneAt + (machine.crashes() ? forgotten : times.view());
            Span span = peer == by ? peer.announced : peer.seen(now, times.view());
            boolean givesWay = peer == by || machine.name().compareTo(by.machine.name()) > 0;
            if (contesting && givesWay && peer.contested != null) {
                span = peer.contested;
            }
            if (span != null && !isForgotten) {
                servers.add(new PlacedServer(machine.name(), span, machine.throughput(), readiness(peer)));
            }
        }
        return new Placement(new Span(0, Trace.BLOCKS), servers);
    }

    private Readiness readiness(Peer peer) {
        return peer.memory.isResting((long) (now * 1e9)) ? Readiness.FOR_HOLES : Readiness.ALWAYS;
    }

    private void arrive(Machine machine) {
        Peer peer = new Peer(machine);
        peers.add(peer);
        at(machine.leaves(), () -> leave(peer));
        after(peer, random.nextDouble() * 2 * times.selection(), () -> join(peer));
    }

    private void leave(Peer peer) {
        peer.goneAt = now;
        peer.serving = null;
        if (!peer.machine.crashes()) {
            peer.announce(null, now);
        }
    }

    private void join(Peer peer) {
        Span span = rule.choose(seen(peer), peer.machine.blocks());
        peer.announce(span, now);
        after(peer, times.loading(span.length()), () -> {
            peer.serving = span;
            peer.moving = false;
            scheduleCheck(peer);
            if (rule.isGentle()) {
                scheduleHoleCheck(peer);
            }
        });
    }

    private void scheduleCheck(Peer peer) {
        after(peer, random.nextDouble() * 2 * times.period(), () -> {
            if (!peer.moving) {
                consider(peer);
            }
            if (rule.isGentle() || !peer.moving) {
                scheduleCheck(peer);
            }
        });
    }

    private void scheduleHoleCheck(Peer peer) {
        after(peer, (0.5 + random.nextDouble()) * times.holePeriod(), () -> {
            Placement placement = seen(peer);
            if (!peer.moving && Arrays.stream(placement.holders()).anyMatch(count -> count == 0)) {
                consider(peer);
            }
            scheduleHoleCheck(peer);
        });
    }

    private void consider(Peer peer) {
        rule.move(seen(peer), peer, now, random).ifPresent(to -> {
            if (rule.isGentle()) {
                peer.moving = true;
                after(peer, random.nextDouble() * 2 * times.selection(), () -> claim(peer, to));
            } else {
                startAnew(peer);
            }
        });
    }

    /** As stock servers move: everything ends, and the choice is made anew. */
    private void startAnew(Peer peer) {
        moves.add(now);
        peer.moving = true;
        peer.serving = null;
        peer.announce(null, now);
        after(peer, random.nextDouble() * 2 * times.selection(), () -> join(peer));
    }

    private void claim(Peer peer, Span first) {
        Span to = rule.move(seen(peer), peer, now, random).orElse(null);
        if (to == null || !to.equals(first)) {
            peer.moving = false;
            return;
        }
        Span from = Objects.requireNonNull(peer.announced, "a server without blocks does not move");
        peer.announce(to, now);
        peer.contested = from;
        after(peer, times.settle(), () -> move(peer, from, to));
    }

    private void move(Peer peer, Span from, Span to) {
        boolean stillWanted =
                rule.move(seen(peer, true), peer, now, random).map(to::equals).orElse(false);
        peer.contested = null;
        if (!stillWanted) {
            peer.announce(from, now);
            peer.moving = false;
            return;
        }
        moves.add(now);
        peer.memory.moved(Objects.requireNonNull(peer.wished, "a move without a plan"), (long) (now * 1e9));
        after(peer, times.drain(), () -> {
            Span kept = from.intersection(to).orElse(null);
            peer.serving = kept;
            int loaded = to.length() - (kept == null ? 0 : kept.length());
            after(peer, times.loading(loaded), () -> {
                peer.serving = to;
                peer.moving = false;
            });
        });
    }
}
