package corolla.server;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.swarm.ServerState;
import corolla.swarm.Span;
import org.junit.jupiter.api.Test;

class StandingTest {
    private static final Span OLD = new Span(2, 6);

    @Test
    void aMoveThatKeepsSomeServesThemAndLeavesTheOthers() {
        Span to = new Span(4, 8);
        Span kept = new Span(4, 6);
        assertThat(Standing.claiming(OLD, to))
                .containsExactly(
                        new Standing(OLD, OLD, ServerState.ONLINE),
                        new Standing(new Span(6, 8), to, ServerState.JOINING));
        assertThat(Standing.moving(OLD, to, kept))
                .containsExactly(
                        new Standing(new Span(2, 4), new Span(2, 4), ServerState.OFFLINE),
                        new Standing(kept, kept, ServerState.ONLINE),
                        new Standing(new Span(6, 8), to, ServerState.JOINING));
        assertThat(Standing.withdrawing(OLD, to))
                .containsExactly(
                        new Standing(OLD, OLD, ServerState.ONLINE),
                        new Standing(new Span(6, 8), new Span(6, 8), ServerState.OFFLINE));
    }

    @Test
    void whatLiesOutsideIsNothingOrOneOrTwoParts() {
        assertThat(Standing.outside(OLD, new Span(0, 8))).isEmpty();
        assertThat(Standing.outside(OLD, new Span(6, 8))).containsExactly(OLD);
        assertThat(Standing.outside(OLD, new Span(3, 9))).containsExactly(new Span(2, 3));
        assertThat(Standing.outside(OLD, new Span(3, 5))).containsExactly(new Span(2, 3), new Span(5, 6));
    }
}
