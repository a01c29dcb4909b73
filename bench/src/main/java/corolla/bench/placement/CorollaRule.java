package corolla.bench.placement;

import corolla.server.placement.BlockPlacement;
import corolla.server.placement.MovePlanner;
import corolla.server.placement.Placement;
import corolla.swarm.Span;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Ours: {@link MovePlanner}. */
final class CorollaRule implements PlacementRule {
    private final MovePlanner planner;

    CorollaRule(MovePlanner.Settings settings) {
        this.planner = new MovePlanner(settings);
    }

    @Override
    public Span choose(Placement seen, int blocks) {
        return BlockPlacement.choose(seen, blocks);
    }

    @Override
    public boolean isGentle() {
        return true;
    }

    @Override
    public Times times() {
        return Times.corolla();
    }

    @Override
    public Optional<Span> move(Placement seen, Peer peer, double now, RandomGenerator random) {
        long nanoTime = (long) (now * 1e9);
        return planner.plan(seen, peer.machine.name())
                .filter(move -> peer.memory.allows(move, nanoTime))
                .map(move -> {
                    peer.wished = move;
                    return move.to();
                });
    }
}
