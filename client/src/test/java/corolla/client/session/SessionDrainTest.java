package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.FakeServer;
import corolla.client.FakeSwarm;
import corolla.client.routing.Hop;
import corolla.swarm.Span;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that say that they are about to go. */
class SessionDrainTest {
    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sessionMovesBetweenTwoStepsWithTheSameOutputs(boolean pushes) throws Exception {
        FakeServer one = swarm.add(1, 0, 6);
        FakeServer two = swarm.add(2, 6, 12);
        one.pushes = pushes;
        two.pushes = pushes;
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1, 1, 1, 1);
        try (InferenceSession session = harness.open(1, SessionConfig.defaults())) {
            assertThat(harness.step(session, 1, 4)).isEqualTo(expected.get(0));
            two.isLeaving = true;
            FakeServer three = swarm.add(3, 6, 12);
            three.pushes = pushes;
            for (int i = 1; i < 5; i++) {
                assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(i));
            }
            assertThat(session.route()).extracting(Hop::peer).containsExactly(one.peer, three.peer);
        }
        assertThat(swarm.failures).as("nobody has failed").isEmpty();
        assertThat(one.opened).isEqualTo(1);
    }

    @Test
    void whereThereIsNobodyElseItStaysAndAsksAgainAfterAMoment() throws Exception {
        FakeServer only = swarm.add(1, 0, 12);
        only.isLeaving = true;
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1, 1, 1);
        try (InferenceSession session = harness.open(1, SessionConfig.defaults())) {
            harness.step(session, 1, 4);
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(1));
            FakeServer other = swarm.add(2, 0, 12);
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(2));
            assertThat(session.route()).containsExactly(new Hop(only.peer, new Span(0, 12)));
            swarm.clock.sleep(Duration.ofSeconds(3));
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(3));
            assertThat(session.route()).containsExactly(new Hop(other.peer, new Span(0, 12)));
        }
    }

    @Test
    void aSessionThatKeepsNoInputsStaysUntilItIsCut() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        one.isLeaving = true;
        try (InferenceSession session = harness.open(1, SessionConfig.defaults().withKeepsInputs(false))) {
            harness.step(session, 1, 4);
            swarm.add(2, 0, 12);
            harness.step(session, 1, 1);
            assertThat(session.route()).containsExactly(new Hop(one.peer, new Span(0, 12)));
        }
    }
}
