package corolla.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.placement.Move.Kind;
import corolla.server.placement.Move.Reason;
import corolla.server.placement.PlacedServer.Readiness;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MovePlannerTest {
    private static final List<Readiness> READINESS = List.of(Readiness.NEVER, Readiness.FOR_HOLES, Readiness.ALWAYS);
    private static final MovePlanner PLANNER = new MovePlanner(MovePlanner.Settings.defaults());

    private static PlacedServer server(String name, int start, int end, double throughput) {
        return new PlacedServer(name, new Span(start, end), throughput, Readiness.ALWAYS);
    }

    private static PlacedServer pinned(String name, int start, int end, double throughput) {
        return new PlacedServer(name, new Span(start, end), throughput, Readiness.NEVER);
    }

    private static Placement placement(int blocks, PlacedServer... servers) {
        return new Placement(new Span(0, blocks), List.of(servers));
    }

    private static Optional<Span> to(Placement placement, String self) {
        return PLANNER.plan(placement, self).map(Move::to);
    }

    @Test
    void oneServerOfSeveralFillsAHole() {
        Placement hole = placement(6, server("a", 0, 3, 10), server("b", 0, 3, 10), server("c", 0, 3, 10));
        List<String> movers = new ArrayList<>();
        for (String self : List.of("a", "b", "c")) {
            PLANNER.plan(hole, self).ifPresent(move -> {
                movers.add(self);
                assertThat(move.to()).isEqualTo(new Span(3, 6));
                assertThat(move.reason()).isEqualTo(new Reason(Kind.HOLE, 3));
            });
        }
        assertThat(movers).containsExactly("a");
    }

    @Test
    void nobodyLeavesABlockAlone() {
        assertThat(to(placement(6, server("a", 0, 3, 10)), "a")).isEmpty();
        Placement two = placement(6, server("a", 0, 3, 10), server("b", 0, 2, 10));
        assertThat(to(two, "a")).as("block 2 is a's alone, and stays").contains(new Span(2, 5));
        assertThat(to(two, "b")).as("0 and 1 are b's alone once a has gone").isEmpty();
        Placement pinned = placement(6, pinned("a", 0, 2, 10), server("b", 0, 3, 10), pinned("c", 3, 4, 10));
        assertThat(to(pinned, "b")).as("4 and 5 without 2 are out of reach").contains(new Span(2, 5));
    }

    @Test
    void aWindowThatKeepsWhatItAloneHoldsIsAllowed() {
        Placement placement = placement(6, server("a", 0, 4, 10), pinned("b", 0, 2, 10));
        assertThat(to(placement, "a")).contains(new Span(2, 6));
    }

    @Test
    void theWeakestBlockIsStrengthenedWhenThatIsWorthIt() {
        Placement weak = placement(6, server("a", 0, 3, 10), pinned("b", 0, 3, 10), pinned("c", 3, 6, 9));
        assertThat(PLANNER.plan(weak, "a"))
                .contains(new Move(new Span(0, 3), new Span(3, 6), new Reason(Kind.WEAK, 3), 9, 10));
        Placement well = placement(6, server("a", 0, 3, 10), pinned("b", 0, 3, 10), pinned("c", 3, 6, 9.9));
        assertThat(to(well, "a")).as("a hundredth is not worth a move").isEmpty();
    }

    @Test
    void pinnedAndStockServersAreTakenAsTheyStand() {
        Placement weak = placement(6, pinned("a", 0, 3, 10), server("b", 0, 3, 1), pinned("c", 3, 6, 9));
        assertThat(to(weak, "a")).isEmpty();
        assertThat(to(weak, "b")).contains(new Span(3, 6));
    }

    @Test
    void whoHasMovedLatelyMovesOnlyForMissingBlocks() {
        var resting = new PlacedServer("a", new Span(0, 3), 10, Readiness.FOR_HOLES);
        Placement weak = placement(6, resting, server("b", 0, 3, 10), pinned("c", 3, 6, 1));
        assertThat(to(weak, "a")).isEmpty();
        assertThat(to(weak, "b")).as("nobody waits for a").contains(new Span(3, 6));
        assertThat(to(placement(6, resting, pinned("b", 0, 3, 10)), "a")).contains(new Span(3, 6));
    }

    @Test
    void aChainOfMovesIsSeenAsAWhole() {
        // c can only help blocks 4 and 5 when somebody else holds 2 and 3
        Placement placement =
                placement(6, server("a", 0, 2, 10), server("b", 0, 2, 10), server("c", 2, 4, 10), pinned("d", 4, 6, 1));
        Placement now = placement;
        int moves = 0;
        for (boolean moved = true; moved && moves < 10; ) {
            moved = false;
            for (String self : List.of("a", "b", "c")) {
                Optional<Move> move = PLANNER.plan(now, self);
                if (move.isPresent()) {
                    now = now.with(now.find(self).orElseThrow().at(move.get().to()));
                    moved = true;
                    moves++;
                }
            }
        }
        assertThat(now.throughput()).containsOnly(10, 11);
        assertThat(moves).isLessThanOrEqualTo(2);
    }

    @Test
    void movesSettleAndNeverTakeTheOnlyServerOfABlockAway() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            int blocks = 8 + random.nextInt(30);
            List<PlacedServer> servers = new ArrayList<>();
            for (int i = 0; i < 4 + random.nextInt(12); i++) {
                int length = 1 + random.nextInt(Math.min(8, blocks));
                int start = random.nextInt(blocks - length + 1);
                double throughput = Math.pow(10, random.nextDouble());
                Readiness readiness = READINESS.get(random.nextInt(READINESS.size()));
                servers.add(new PlacedServer("s" + i, new Span(start, start + length), throughput, readiness));
            }
            settle(seed, new Placement(new Span(0, blocks), servers));
        }
    }

    private static void settle(int seed, Placement first) {
        Placement now = first;
        int moves = 0;
        for (boolean moved = true; moved; ) {
            moved = false;
            for (PlacedServer each : first.servers()) {
                Move move = PLANNER.plan(now, each.name()).orElse(null);
                if (move != null) {
                    assertThat(each.readiness()).as("seed %d", seed).isNotEqualTo(Readiness.NEVER);
                    assertThat(move.to().length()).isEqualTo(move.from().length());
                    Placement next =
                            now.with(now.find(each.name()).orElseThrow().at(move.to()));
                    assertThat(MovePlanner.keepsHolders(now, next))
                            .as("seed %d", seed)
                            .isTrue();
                    now = next;
                    moved = true;
                    moves++;
                    assertThat(moves).as("seed %d settles", seed).isLessThan(200);
                }
            }
        }
    }

    @Test
    void allNodesPlanTheSameWhateverTheOrderOfRecords() {
        Placement one = placement(6, server("a", 0, 3, 0.1), server("b", 0, 3, 0.7), pinned("c", 3, 6, 0.3));
        Placement other = placement(6, pinned("c", 3, 6, 0.3), server("b", 0, 3, 0.7), server("a", 0, 3, 0.1));
        assertThat(one).isEqualTo(other);
        assertThat(PLANNER.plan(one, "a")).isEqualTo(PLANNER.plan(other, "a"));
        assertThat(PLANNER.plan(one, "nobody")).isEmpty();
    }
}
