package corolla.bench.placement;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.placement.MovePlanner;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Few swarms, with machines that stay four hours on average; {@code bench/placement.sh} runs many. */
class PlacementSimulationTest {
    private static final double MEAN_LIFE = 4 * 3600;
    private static final List<Ground> GROUNDS = new ArrayList<>();
    private static final PlacementRule RULE = new CorollaRule(MovePlanner.Settings.defaults());

    @BeforeAll
    static void makeGrounds() {
        for (long seed = 1; seed <= 3; seed++) {
            GROUNDS.add(Ground.of(seed, MEAN_LIFE));
        }
    }

    @Test
    void theSwarmStaysNearTheBestPlacementWithoutMissingBlocks() {
        Summary ours = Summary.of(GROUNDS, RULE);
        assertThat(ours.inChurn().mean()).isGreaterThan(0.85);
        assertThat(ours.later().mean()).isGreaterThan(0.9);
        assertThat(ours.missing().mean()).as("minutes").isLessThan(0.3);
    }

    @Test
    void itIsNearerThanByPetalsRuleOnTheSameTraces() {
        assertThat(Summary.of(GROUNDS, RULE).inChurn().mean())
                .isGreaterThan(Summary.of(GROUNDS, new PetalsRule()).inChurn().mean());
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        Trace trace = GROUNDS.getFirst().trace();
        assertThat(Simulation.run(trace, RULE, 7).moves())
                .isEqualTo(Simulation.run(trace, RULE, 7).moves());
    }

    @Test
    void theSearchIsWithinTheBoundOfAllWorkSpreadEvenly() {
        List<Machine> machines = GROUNDS.getFirst().trace().machines().subList(0, 30);
        double best = BestPlacement.throughput(machines, Trace.BLOCKS, 1);
        assertThat(best / BestPlacement.bound(machines, Trace.BLOCKS)).isBetween(0.75, 1.0);
    }
}
