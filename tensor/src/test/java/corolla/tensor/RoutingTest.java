package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.RoutingRule.Scoring;
import corolla.tensor.contract.LoneMember;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Choices; weights and gradients are in {@link corolla.tensor.contract.ExpertContract}. */
final class RoutingTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private Routing chosen(RoutingRule rule, float @Nullable [] correction, float... logits) {
        int rows = logits.length / rule.experts();
        Routing routing = new Routing(rule, rows);
        Tensor tensor = Tensor.of(arena, logits, rows, rule.experts());
        Tensor added = correction == null ? null : Tensor.of(arena, correction, correction.length);
        LoneMember.all(2, me -> routing.choose(me, tensor, added));
        LoneMember.all(2, routing::sort);
        return routing;
    }

    @Test
    void bestComeFirstAndTheLowerIndexOfEquals() {
        Routing routing = chosen(RoutingRule.of(5, 3, Scoring.SOFTMAX, true), null, 1, 2, 0, 2, 1);
        assertThat(new int[] {routing.expert(0, 0), routing.expert(0, 1), routing.expert(0, 2)})
                .containsExactly(1, 3, 0);
        double all = 2 * Math.E * Math.E + Math.E;
        assertThat((double) routing.weight(0, 0)).isCloseTo(Math.E * Math.E / all, within(1e-6));
        assertThat((double) routing.weight(0, 2)).isCloseTo(Math.E / all, within(1e-6));
    }

    @Test
    void numbersThatAreNoneComeLastAndStillChooseExperts() {
        Routing routing = chosen(
                RoutingRule.of(3, 2, Scoring.SOFTMAX_OF_CHOSEN, false),
                null,
                Float.NaN,
                -5,
                Float.NEGATIVE_INFINITY,
                Float.NaN,
                Float.NaN,
                Float.NaN);
        assertThat(routing.expert(0, 0)).isEqualTo(1);
        assertThat(routing.expert(1, 0)).isZero();
        assertThat(routing.expert(1, 1)).isEqualTo(1);
    }

    @Test
    void correctionChoosesButDoesNotWeigh() {
        RoutingRule rule = new RoutingRule(4, 1, Scoring.SIGMOID, false, 2, 1, 1);
        Routing routing = chosen(rule, new float[] {0, 0, 1, 0}, 3, 2, 0, 1);
        assertThat(routing.expert(0, 0)).isEqualTo(2);
        assertThat(routing.weight(0, 0)).isEqualTo(1f); // 2 · σ(0)
    }

    @Test
    void groupsAreChosenByTheirBestTwoTogether() {
        RoutingRule rule = new RoutingRule(6, 2, Scoring.SIGMOID, true, 1, 2, 1);
        // The best expert is alone in its group.
        Routing routing = chosen(rule, null, 4, -9, -9, 1, 2, 0);
        assertThat(routing.expert(0, 0)).isEqualTo(4);
        assertThat(routing.expert(0, 1)).isEqualTo(3);
    }

    @Test
    void negativeRanksStayWithinTheChosenGroup() {
        RoutingRule rule = new RoutingRule(4, 2, Scoring.SIGMOID, true, 1, 2, 1);
        Routing routing = chosen(rule, new float[] {-5, -5, -4, -4}, 1, 1, 1, 1);
        assertThat(routing.expert(0, 0)).isEqualTo(2);
        assertThat(routing.expert(0, 1)).isEqualTo(3);
    }

    @Test
    void placesFollowExpertsAndRows() {
        Routing routing = chosen(RoutingRule.of(4, 2, Scoring.SOFTMAX, true), null, 0, 1, 9, 8, 7, 0, 0, 6, 0, 1, 9, 8);
        assertThat(routing.groups().starts()).containsExactly(0, 1, 1, 3, 6);
        assertThat(new int[] {routing.rowAt(0), routing.rowAt(1), routing.rowAt(2), routing.rowAt(3)})
                .containsExactly(1, 0, 2, 0);
        for (int row = 0; row < 3; row++) {
            for (int choice = 0; choice < 2; choice++) {
                int place = routing.place(row, choice);
                assertThat(routing.rowAt(place)).isEqualTo(row);
                assertThat(routing.expertAt(place)).isEqualTo(routing.expert(row, choice));
                assertThat(routing.weightAt(place)).isEqualTo(routing.weight(row, choice));
            }
        }
    }

    @Test
    void impossibleRulesAreRefused() {
        assertThatThrownBy(() -> RoutingRule.of(4, 5, Scoring.SOFTMAX, true)).hasMessageContaining("5 of 4");
        assertThatThrownBy(() -> new RoutingRule(6, 2, Scoring.SIGMOID, true, 1, 4, 1))
                .hasMessageContaining("4 groups");
        assertThatThrownBy(() -> new RoutingRule(6, 3, Scoring.SIGMOID, true, 1, 3, 1))
                .hasMessageContaining("choice of 3");
    }
}
