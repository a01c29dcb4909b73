package corolla.server.placement;

import corolla.server.placement.Move.Kind;
import corolla.server.placement.Move.Reason;
import corolla.server.placement.PlacedServer.Readiness;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a server should leave its blocks for others. Pure: all nodes that see the same placement make the same plan, a
 * few moves of the best movers one after another, and each does only its own part of it. So a gap is one server's to fill, not everybody's.
 *
 * <p>A plan is worth its moves when the swarm's weakest block gains {@link Settings#gainMin} for each of them, or when a block
 * without a server gets one. No move takes the only server of a block away, now or in the order of the plan.
 */
public final class MovePlanner {
    private final Settings settings;

    /**
     * How much is enough.
     *
     * @param movesMax moves of one plan
     * @param gainMin by what share of itself the weakest block's throughput must grow by the whole plan
     * @param gainPerMove the same for each move of the plan
     */
    public record Settings(int movesMax, double gainMin, double gainPerMove) {
        public static Settings defaults() {
            return new Settings(8, 0.03, 0.01);
        }
    }

    public MovePlanner(Settings settings) {
        this.settings = settings;
    }

    /** What {@code self} should do now; empty when it should stay. */
    public Optional<Move> plan(Placement placement, String self) {
        List<Step> steps = steps(placement);
        Evenness now = evenness(placement);
        int worthwhile = worthwhile(steps, now);
        for (int i = 0; i < worthwhile; i++) {
            Step step = steps.get(i);
            if (step.server.name().equals(self) && isSafeNow(placement, step)) {
                Kind kind = now.holes() > 0 ? Kind.HOLE : Kind.WEAK;
                var reason = new Reason(kind, placement.range().start() + now.weakestBlock());
                Step last = steps.get(worthwhile - 1);
                return Optional.of(new Move(step.server.span(), step.to, reason, now.weakest(), last.weakest));
            }
        }
        return Optional.empty();
    }

    /** Nothing that the move leaves is without a server, even if none of the earlier moves of the plan has been made yet. */
    private static boolean isSafeNow(Placement placement, Step step) {
        Placement moved = placement.with(step.server.at(step.to));
        return placement.find(step.server.name()).map(PlacedServer::span).equals(Optional.of(step.server.span()))
                && keepsHolders(placement, moved);
    }

    /** Whether every block that has a server in {@code before} has one in {@code after}. */
    static boolean keepsHolders(Placement before, Placement after) {
        int[] had = before.holders();
        int[] has = after.holders();
        for (int block = 0; block < had.length; block++) {
            if (had[block] > 0 && has[block] == 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * One move of the plan, and how the swarm is after it.
     *
     * @param server before the move
     */
    private record Step(PlacedServer server, Span to, double weakest, int holes) {}

    private static Evenness evenness(Placement placement) {
        return new Evenness(placement.throughput());
    }

    /** How many of the steps are worth being made. */
    private int worthwhile(List<Step> steps, Evenness now) {
        int best = 0;
        double bestGain = 0;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (now.holes() > 0) {
                best = best == 0 && step.holes < now.holes() ? i + 1 : best;
                continue;
            }
            double total = step.weakest / now.weakest() - 1;
            double gain = total - settings.gainPerMove * (i + 1);
            if (total >= settings.gainMin && gain > bestGain) {
                best = i + 1;
                bestGain = gain;
            }
        }
        return best;
    }

    /** The best moves one after another, each the best where those before it are made. */
    private List<Step> steps(Placement placement) {
        Evenness evenness = evenness(placement);
        List<PlacedServer> servers = new ArrayList<>(placement.servers());
        List<Step> steps = new ArrayList<>();
        Readiness needed = evenness.holes() > 0 ? Readiness.FOR_HOLES : Readiness.ALWAYS;
        while (steps.size() < settings.movesMax) {
            Candidate best = null;
            for (int i = 0; i < servers.size(); i++) {
                if (servers.get(i).readiness().compareTo(needed) >= 0) {
                    best = better(best, candidate(i, servers.get(i), evenness, placement.range()));
                }
            }
            if (best == null) {
                break;
            }
            PlacedServer mover = servers.get(best.index);
            evenness.add(relative(mover.span(), placement.range()), -mover.throughput());
            Span to = new Span(
                    placement.range().start() + best.start,
                    placement.range().start() + best.start + mover.span().length());
            servers.set(best.index, mover.at(to));
            evenness.add(relative(to, placement.range()), mover.throughput());
            steps.add(new Step(mover, to, evenness.weakest(), evenness.holes()));
        }
        return steps;
    }

    private static Span relative(Span span, Span range) {
        return new Span(span.start() - range.start(), span.end() - range.start());
    }

    /** The best window of one server: how many more blocks have a server then, and by how much the price falls. */
    private record Candidate(int index, int start, int filled, double gain) {}

    private static @Nullable Candidate better(@Nullable Candidate one, @Nullable Candidate other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        boolean isBetter = other.filled != one.filled ? other.filled > one.filled : other.gain > one.gain * (1 + 1e-9);
        return isBetter ? other : one;
    }

    private static @Nullable Candidate candidate(int index, PlacedServer server, Evenness evenness, Span range) {
        Span own = relative(server.span(), range);
        int length = own.length();
        evenness.add(own, -server.throughput());
        evenness.measure(server.throughput());
        evenness.add(own, server.throughput());
        Candidate best = null;
        for (int start = 0; start + length <= range.length(); start++) {
            int needed = evenness.filled(own.start(), length); // blocks that it alone holds
            int kept = keptOf(evenness, own, start, length);
            int filled = evenness.filled(start, length) - needed;
            double gain = evenness.gain(start, length) - evenness.gain(own.start(), length);
            if (start != own.start() && kept == needed && (filled > 0 || gain > 0)) {
                best = better(best, new Candidate(index, start, filled, gain));
            }
        }
        return best;
    }

    /** How many of the blocks that the server alone holds are in the window. */
    private static int keptOf(Evenness evenness, Span own, int start, int length) {
        int from = Math.max(own.start(), start);
        int to = Math.min(own.end(), start + length);
        return from < to ? evenness.filled(from, to - from) : 0;
    }
}
