package corolla.server;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.server.handler.ServedBlocks;
import corolla.server.placement.BlockPlacement;
import corolla.server.placement.Move;
import corolla.server.placement.MoveMemory;
import corolla.server.placement.MovePlanner;
import corolla.server.placement.Placement;
import corolla.server.placement.PlacementConfig;
import corolla.server.placement.SwarmPlacement;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Looks again and again whether the swarm needs this server elsewhere, often for blocks that nobody serves, less often for the balance, and
 * moves it. Between the wish and the move stand a random pause with another look, and a claim in the DHT with another look: so two servers
 * do not go for the same gap, nor leave the same block. One task runs {@link #repeat}; confined to it.
 */
final class Rebalancer {
    private static final System.Logger LOG = System.getLogger(Rebalancer.class.getName());

    private final ServerParts parts;
    private final PlacementConfig config;
    private final ServedBlocks blocks;
    private final SpanMover mover;
    private final ServerAnnouncements announcements;
    private final Exclusive changes;
    private final Clock clock;
    private final RandomGenerator random;
    private final MovePlanner planner;
    private final MoveMemory memory;
    private final SignsOfLife signs;
    private final int count;

    /** @param count of blocks that it holds */
    Rebalancer(
            ServerParts parts,
            ServedBlocks blocks,
            SpanMover mover,
            ServerAnnouncements announcements,
            Exclusive changes,
            int count) {
        this.count = count;
        this.parts = parts;
        this.config = parts.config().placement();
        this.blocks = blocks;
        this.mover = mover;
        this.announcements = announcements;
        this.changes = changes;
        this.clock = parts.environment().clock();
        this.random = parts.environment().randoms().stream("placement");
        this.planner = new MovePlanner(config.settings());
        this.memory = new MoveMemory(config.rest(), config.sameReason());
        this.signs = new SignsOfLife(parts);
    }

    /** Looks and moves until interrupted. */
    void repeat() throws InterruptedException {
        Deadline balance = parts.within(upToTwice(config.balancePeriod()));
        while (true) {
            clock.sleep(untilNextLook());
            boolean isTime = balance.isOver(clock);
            Optional<Exclusive.Turn> turn = changes.tryEnter(); // a paused server keeps it
            if (turn.isPresent()) {
                try (Exclusive.Turn _ = turn.get()) {
                    look(isTime);
                } catch (IOException failed) {
                    LOG.log(Level.WARNING, "cannot look after the balance: {0}", failed.getMessage());
                }
            }
            if (isTime) {
                balance = parts.within(upToTwice(config.balancePeriod()));
            }
        }
    }

    /** Soon, when somebody has not answered: whether it is gone is to be known within {@link PlacementConfig#absence}. */
    private Duration untilNextLook() {
        return signs.isInDoubt()
                ? config.absence().dividedBy(3)
                : config.holePeriod()
                        .dividedBy(2)
                        .plus(upToTwice(config.holePeriod()).dividedBy(2));
    }

    /** A random time with this mean. */
    private Duration upToTwice(Duration mean) {
        return Duration.ofNanos((long) (random.nextDouble() * 2 * mean.toNanos()));
    }

    private void look(boolean alsoForBalance) throws IOException, InterruptedException {
        Span from = blocks.span().orElse(null);
        if (from == null) {
            settleAnew();
            return;
        }
        SwarmView view = parts.view();
        Set<PeerId> gone = signs.look(view);
        Placement now = SwarmPlacement.of(view, gone).all();
        boolean hasHole = Arrays.stream(now.holders()).anyMatch(count -> count == 0);
        if (!hasHole && !alsoForBalance) {
            return;
        }
        Move wished = plan(now).orElse(null);
        if (wished == null || !wished.from().equals(from)) {
            return;
        }
        clock.sleep(upToTwice(config.selectionMean()));
        Move again = plan(SwarmPlacement.of(parts.view(), gone).all()).orElse(null);
        if (again != null && again.to().equals(wished.to())) {
            claim(again, gone);
        }
    }

    private Optional<Move> plan(Placement placement) {
        Optional<Move> move =
                planner.plan(placement, parts.self()).filter(planned -> memory.allows(planned, clock.nanoTime()));
        announcements.rest(memory.isResting(clock.nanoTime()));
        return move;
    }

    /** Says where we want to go, and goes if nobody else does, or has to give way. */
    private void claim(Move move, Set<PeerId> gone) throws IOException, InterruptedException {
        announcements.tell(Standing.claiming(move.from(), move.to()));
        boolean goes = false;
        try {
            clock.sleep(config.settle());
            Placement contested = SwarmPlacement.of(parts.view(), gone).contested(parts.self(), move.from());
            Optional<Move> still = plan(contested).filter(now -> now.to().equals(move.to()));
            goes = still.isPresent();
        } finally {
            if (!goes) {
                LOG.log(Level.INFO, "claim of blocks {0} withdrawn: others do what it was for", move.to());
                announcements.tell(Standing.withdrawing(move.from(), move.to()));
            }
        }
        if (goes) {
            go(move);
        }
    }

    private void go(Move move) throws IOException, InterruptedException {
        LOG.log(
                Level.INFO,
                "the swarm needs blocks={0} more than {1}: {2} at block {3}, weakest {4} tokens/s now, {5} then",
                move.to(),
                move.from(),
                move.reason().kind(),
                move.reason().block(),
                move.before(),
                move.after());
        memory.moved(move, clock.nanoTime());
        announcements.rest(true);
        boolean isUrgent = move.reason().kind() == Move.Kind.HOLE;
        mover.move(move.from(), move.to(), isUrgent ? config.urgentDrainMax() : config.drainMax());
    }

    /** After a move that failed both ways: as if the server had just begun. */
    private void settleAnew() throws IOException, InterruptedException {
        Placement now = SwarmPlacement.of(parts.view(), Set.of()).all().without(parts.self());
        mover.settle(BlockPlacement.choose(now, count));
    }
}
