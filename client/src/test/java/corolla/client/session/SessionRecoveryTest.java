package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.client.FakeServer;
import corolla.client.FakeServer.Fault;
import corolla.client.FakeSwarm;
import corolla.client.routing.Failure.Kind;
import corolla.client.session.SessionHarness.Step;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How soon a loss is noticed, how it is judged, and what is kept for those who come instead. */
class SessionRecoveryTest {
    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;

    private InferenceSession open(int batch) throws Exception {
        return harness.open(batch, SessionConfig.defaults());
    }

    private Duration since(long start) {
        return Duration.ofNanos(swarm.clock.nanoTime() - start);
    }

    @Test
    void lostServerIsReplacedWithoutAnyPause() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            one.failNext(Fault.END);
            swarm.add(2, 0, 12);
            long start = swarm.clock.nanoTime();
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(1));
            assertThat(since(start)).isZero();
        }
        assertThat(swarm.kinds).containsExactly(Kind.UNREACHABLE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void frozenServerIsNoticedWithinASecondByAPing(boolean pushes) throws Exception {
        FakeServer one = swarm.add(1, 0, 6);
        FakeServer two = swarm.add(2, 6, 12);
        one.pushes = pushes;
        two.pushes = pushes;
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1, 1, 1);
        try (InferenceSession session = open(1)) {
            for (int i = 0; i < 3; i++) {
                harness.step(session, 1, i == 0 ? 4 : 1);
            }
            two.isSilent = true;
            swarm.add(3, 6, 12);
            long start = swarm.clock.nanoTime();
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(3));
            assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
        }
        assertThat(swarm.kinds).containsExactly(Kind.UNREACHABLE);
        assertThat(swarm.failures.getFirst()).contains("nor a ping");
    }

    @Test
    void linkThatTakesNothingIsGivenUpSoon() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1, 1);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            harness.step(session, 1, 1);
            one.isStuck = true;
            swarm.add(2, 0, 12);
            long start = swarm.clock.nanoTime();
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(2));
            assertThat(since(start)).isLessThan(Duration.ofSeconds(2));
        }
        assertThat(swarm.kinds).containsExactly(Kind.UNREACHABLE);
    }

    @Test
    void serverThatLivesIsWaitedForLonger() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            harness.step(session, 1, 1);
            one.failNext(Fault.NO_ANSWER); // its handler hangs, pings are answered
            swarm.add(2, 0, 12);
            long start = swarm.clock.nanoTime();
            harness.step(session, 1, 1);
            assertThat(since(start)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(11));
        }
        assertThat(swarm.pings).isGreaterThan(2);
        assertThat(swarm.failures.getFirst()).contains("lives, but has not answered");
    }

    @Test
    void blockWithoutServersIsWaitedForUntilOneComes() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            one.failNext(Fault.END);
            swarm.onFailed = () -> swarm.servers.remove(one.peer);
            long start = swarm.clock.nanoTime();
            swarm.clock.at(start + Duration.ofSeconds(40).toNanos(), () -> swarm.add(2, 0, 12));
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(1));
            assertThat(since(start)).isBetween(Duration.ofSeconds(40), Duration.ofSeconds(43));
        }
    }

    @Test
    void whenNoneComesTheErrorSaysWhichBlocksAndTheSessionStays() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            one.failNext(Fault.END);
            swarm.onFailed = () -> swarm.servers.remove(one.peer);
            assertThatThrownBy(() -> harness.step(session, 1, 1))
                    .isInstanceOf(NoRouteException.class)
                    .hasMessageContaining("no server for blocks 0:12");
            assertThat(session.position()).isEqualTo(4);
            swarm.add(2, 0, 12);
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(1));
        }
    }

    @Test
    void beamsChangePlacesInTheReplayToo() throws Exception {
        List<Step> steps =
                List.of(Step.of(3), Step.of(1, 2, 0, 0), Step.of(1, 1, 1, 2), Step.of(1), Step.of(1, 2, 1, 0));
        List<List<Float>> expected = SessionHarness.undisturbed(3, steps);
        for (int lostAt = 1; lostAt < steps.size(); lostAt++) {
            var test = new SessionRecoveryTest();
            FakeServer one = test.swarm.add(1, 0, 5);
            test.swarm.add(2, 5, 12);
            var outputs = new ArrayList<List<Float>>();
            try (InferenceSession session = test.open(3)) {
                for (int i = 0; i < steps.size(); i++) {
                    if (i == lostAt) {
                        one.failNext(Fault.END);
                        test.swarm.add(3, 0, 5);
                    }
                    outputs.add(test.harness.step(session, 3, steps.get(i)));
                }
            }
            assertThat(outputs).as("lost at step %s", lostAt).isEqualTo(expected);
        }
    }

    @Test
    void beamStepThatIsGivenUpMayBeDoneAgain() throws Exception {
        List<Step> steps = List.of(Step.of(3), Step.of(1, 1, 0), Step.of(1, 1, 1));
        List<List<Float>> expected = SessionHarness.undisturbed(2, steps);
        swarm.add(1, 0, 6);
        FakeServer two = swarm.add(2, 6, 12);
        try (InferenceSession session = open(2)) {
            harness.step(session, 2, steps.get(0));
            two.failNext(Fault.END);
            assertThatThrownBy(() -> harness.step(session, 2, steps.get(1))).isInstanceOf(SessionLostException.class);
            two.faultAt = -1;
            assertThat(harness.step(session, 2, steps.get(1))).isEqualTo(expected.get(1));
            assertThat(harness.step(session, 2, steps.get(2))).isEqualTo(expected.get(2));
        }
    }

    @Test
    void wrongRequestBansNobodyAndIsNotRetried() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        one.refusal = "Maximum length exceeded: prefix 0 + current 4 exceeds pre-allocated maximum 3";
        try (InferenceSession session = open(1)) {
            assertThatThrownBy(() -> harness.step(session, 1, 4))
                    .isInstanceOf(RequestRefusedException.class)
                    .hasMessageContaining("Maximum length exceeded");
        }
        assertThat(swarm.kinds).containsExactly(Kind.REQUEST);
        assertThat(one.received).hasSize(1);
    }

    @Test
    void whatThreeServersSayOfARequestIsBelieved() throws Exception {
        for (int number = 1; number <= 4; number++) {
            swarm.add(number, 0, 12).refusal = "no kernel for " + number + " rows";
        }
        try (InferenceSession session = open(1)) {
            assertThatThrownBy(() -> harness.step(session, 1, 4)).isInstanceOf(RequestRefusedException.class);
        }
        assertThat(swarm.kinds).containsOnly(Kind.BROKEN).hasSize(3);
    }

    @Test
    void fullServerIsOnlyRefusing() throws Exception {
        swarm.add(1, 0, 12).refusal = "Cannot allocate KV cache for 40 tokens, max = 39";
        swarm.onFailed = () -> swarm.add(2, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4);
        try (InferenceSession session = open(1)) {
            assertThat(harness.step(session, 1, 4)).isEqualTo(expected.get(0));
        }
        assertThat(swarm.kinds).containsExactly(Kind.REFUSED);
    }

    @Test
    void withoutKeptInputsALostServerEndsTheSession() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        try (InferenceSession session = harness.open(1, SessionConfig.defaults().withKeepsInputs(false))) {
            harness.step(session, 1, 4);
            one.failNext(Fault.END);
            swarm.add(2, 0, 12);
            assertThatThrownBy(() -> harness.step(session, 1, 1))
                    .isInstanceOf(SessionLostException.class)
                    .hasMessageContaining("inputs were not kept");
        }
    }

    @Test
    void serverThatComputesWronglyIsNoticedWhenItsSubstituteIsFed() throws Exception {
        FakeServer liar = swarm.add(1, 0, 6);
        liar.distortion = 3;
        swarm.add(2, 6, 12);
        try (InferenceSession session = open(1)) {
            harness.step(session, 1, 4);
            assertThat(swarm.failures)
                    .as("plausible outputs are not noticed at once")
                    .isEmpty();
            liar.failNext(Fault.END);
            swarm.add(3, 0, 6);
            try (var log = new RecordedLog(InferenceSession.class)) {
                harness.step(session, 1, 1);
                assertThat(log.messages()).anyMatch(message -> message.contains("servers disagree"));
            }
        }
    }
}
