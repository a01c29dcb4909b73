package corolla.bench.placement;

import corolla.server.placement.BlockPlacement;
import corolla.server.placement.PlacedServer;
import corolla.server.placement.Placement;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Stock Petals' {@code should_choose_other_blocks}, with its default quality of 0.75 (petals-behaviour, 2.4). */
final class PetalsRule implements PlacementRule {
    private static final double EPSILON = 1e-3;
    private static final double QUALITY = 0.75;
    private static final int ROUNDS_MAX = 100; // stock has no limit

    @Override
    public Span choose(Placement seen, int blocks) {
        return BlockPlacement.choose(seen, blocks);
    }

    @Override
    public boolean isGentle() {
        return false;
    }

    @Override
    public Times times() {
        return Times.petals();
    }

    @Override
    public Optional<Span> move(Placement seen, Peer peer, double now, RandomGenerator random) {
        PlacedServer self = seen.find(peer.machine.name()).orElse(null);
        if (self == null) {
            return Optional.empty();
        }
        double[] throughput = seen.throughput();
        double initial = min(throughput);
        add(throughput, self.span(), -self.throughput() * (1 + EPSILON));
        if (initial > EPSILON && min(throughput) <= 0) {
            return Optional.empty();
        }
        Span to = BlockPlacement.choose(seen.range(), throughput, self.span().length());
        if (to.equals(self.span())) {
            return Optional.empty();
        }
        add(throughput, self.span(), self.throughput() * EPSILON);
        add(throughput, to, self.throughput());
        settle(seen, self, to, throughput, random);
        double last = min(throughput);
        boolean isWorse = last < initial || last < EPSILON;
        return !isWorse && initial / last < QUALITY - EPSILON ? Optional.of(to) : Optional.empty();
    }

    /** Simulates how all react. */
    private static void settle(
            Placement seen, PlacedServer self, Span to, double[] throughput, RandomGenerator random) {
        Map<String, Span> spans = new LinkedHashMap<>();
        seen.servers().forEach(server -> spans.put(server.name(), server.span()));
        spans.put(self.name(), to);
        List<PlacedServer> order = new ArrayList<>(seen.servers());
        boolean hasMoved = true;
        for (int round = 0; hasMoved && round < ROUNDS_MAX; round++) {
            hasMoved = false;
            Collections.shuffle(order, Random.from(random));
            for (PlacedServer server : order) {
                Span now = spans.getOrDefault(server.name(), server.span());
                add(throughput, now, -server.throughput() * (1 + EPSILON));
                Span best = BlockPlacement.choose(seen.range(), throughput, now.length());
                add(throughput, now, server.throughput() * EPSILON);
                if (!best.equals(now)) {
                    hasMoved = true;
                    spans.put(server.name(), best);
                }
                add(throughput, best, server.throughput());
            }
        }
    }

    private static void add(double[] throughput, Span span, double tokensPerSecond) {
        for (int block = span.start(); block < span.end(); block++) {
            throughput[block] += tokensPerSecond;
        }
    }

    private static double min(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }
}
