package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.client.FakeServer;
import corolla.client.FakeServer.Fault;
import corolla.client.FakeSwarm;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InferenceSessionTest {
    private static final int BLOCKS = SessionHarness.BLOCKS;
    private static final int WIDTH = SessionHarness.WIDTH;
    private static final int TOKENS_MAX = SessionHarness.TOKENS_MAX;

    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;

    private InferenceSession open(int batch) throws Exception {
        return harness.open(batch, SessionConfig.defaults());
    }

    private List<Float> step(InferenceSession session, int batch, int tokens) throws Exception {
        return harness.step(session, batch, tokens);
    }

    @Test
    void chainOfServersAnswersAsOneServer() throws Exception {
        swarm.add(1, 0, 5);
        swarm.add(2, 5, 9);
        swarm.add(3, 9, 12);
        try (InferenceSession session = open(2)) {
            assertThat(session.route()).hasSize(3);
            for (List<Float> expected : SessionHarness.undisturbed(2, 4, 1, 1)) {
                int tokens = expected.size() / 2 / WIDTH;
                assertThat(step(session, 2, tokens)).isEqualTo(expected);
            }
            assertThat(session.position()).isEqualTo(6);
        }
        assertThat(swarm.servers.values()).allSatisfy(server -> {
            assertThat(server.opened).isEqualTo(1);
            assertThat(server.closedInOrder).isEqualTo(1);
            assertThat(server.received).hasSize(3);
        });
    }

    @Test
    void messagesSayWhatStockClientsSay() throws Exception {
        FakeServer server = swarm.add(1, 0, BLOCKS);
        try (InferenceSession session = open(1)) {
            step(session, 1, 3);
            step(session, 1, 1);
        }
        var first = server.received.get(0);
        var second = server.received.get(1);
        assertThat(first.maxLength()).isEqualTo(TOKENS_MAX);
        assertThat(first.startFromPosition()).isZero();
        assertThat(first.argsStructure()).isNotNull();
        assertThat(first.sessionId()).hasSize(36).isEqualTo(second.sessionId());
        assertThat(second.maxLength()).isNull();
        assertThat(second.startFromPosition()).isEqualTo(3);
        assertThat(second.stepId()).hasSize(36).isNotEqualTo(first.stepId());
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void lostServerIsReplacedAndTheOutputStaysTheSame(Fault fault) throws Exception {
        swarm.add(1, 0, 4);
        FakeServer lost = swarm.add(2, 4, 10);
        FakeServer last = swarm.add(3, 10, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 5, 1, 1, 1, 1);
        try (InferenceSession session = open(1)) {
            assertThat(step(session, 1, 5)).isEqualTo(expected.get(0));
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(1));
            lost.failNext(fault);
            swarm.add(4, 2, 7);
            swarm.add(5, 6, 12);
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(2));
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(3));
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(4));
            assertThat(session.route()).hasSize(4).noneMatch(hop -> hop.peer().equals(lost.peer));
        }
        assertThat(swarm.failures).hasSize(1);
        assertThat(last.receivedTokens).as("servers behind are not replayed").containsExactly(5, 1, 1, 1, 1);
        assertThat(last.opened).isEqualTo(1);
    }

    @Test
    void firstLastAndEveryServerMayBeLostInOneStep() throws Exception {
        for (int number = 1; number <= 3; number++) {
            swarm.add(number, (number - 1) * 4, number * 4);
        }
        List<List<Float>> expected = SessionHarness.undisturbed(2, 3, 1, 1);
        try (InferenceSession session = open(2)) {
            assertThat(step(session, 2, 3)).isEqualTo(expected.get(0));
            List.copyOf(swarm.servers.values()).forEach(server -> server.failNext(Fault.ERROR));
            for (int number = 4; number <= 6; number++) {
                swarm.add(number, (number - 4) * 4, (number - 3) * 4);
            }
            assertThat(step(session, 2, 1)).isEqualTo(expected.get(1));
            assertThat(step(session, 2, 1)).isEqualTo(expected.get(2));
        }
        assertThat(swarm.failures).hasSize(3);
    }

    @Test
    void replacementMayBeLostWhileItIsFed() throws Exception {
        FakeServer one = swarm.add(1, 0, 12);
        one.failNext(Fault.ERROR);
        one.faultAt = 2;
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1, 1, 1);
        try (InferenceSession session = open(1)) {
            assertThat(step(session, 1, 4)).isEqualTo(expected.get(0));
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(1));
            swarm.add(2, 0, 6);
            swarm.add(3, 6, 12).failNext(Fault.END);
            swarm.add(4, 5, 12).refusesToOpen = true;
            swarm.onFailed = () -> {
                if (swarm.failures.size() == 3) {
                    swarm.add(5, 6, 12);
                }
            };
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(2));
            assertThat(swarm.failures).hasSize(3);
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(3));
        }
    }

    @Test
    void serverThatComesBackIsUsedAgainWhenThereIsNoOther() throws Exception {
        FakeServer only = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open(1)) {
            assertThat(step(session, 1, 4)).isEqualTo(expected.get(0));
            only.failNext(Fault.END);
            only.faultAt = 1;
            swarm.clock.advance(Duration.ofSeconds(1));
            assertThatThrownBy(() -> step(session, 1, 1)).isInstanceOf(SessionLostException.class);
            only.faultAt = -1;
            assertThat(session.position()).isEqualTo(4);
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(1));
        }
    }

    @Test
    void streamThatTheServerEndedWhileItWasIdleIsOpenedAnewWithoutBan() throws Exception {
        FakeServer only = swarm.add(1, 0, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open(1)) {
            assertThat(step(session, 1, 4)).isEqualTo(expected.get(0));
            swarm.clock.advance(Duration.ofMinutes(10));
            only.endIdleSessions();
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(1));
        }
        assertThat(swarm.failures).isEmpty();
        assertThat(only.opened).isEqualTo(2);
    }

    @Test
    void givesUpWithEverythingThatWasTried() throws Exception {
        swarm.add(1, 0, 12).failNext(Fault.ERROR);
        swarm.add(2, 0, 12).refusesToOpen = true;
        long start = swarm.clock.nanoTime();
        try (InferenceSession session = open(1)) {
            assertThatThrownBy(() -> step(session, 1, 1))
                    .isInstanceOf(SessionLostException.class)
                    .hasMessageContaining("out of memory")
                    .hasMessageContaining("connection refused")
                    .hasMessageContaining("attempts");
        }
        assertThat(Duration.ofNanos(swarm.clock.nanoTime() - start))
                .isBetween(Duration.ofSeconds(60), Duration.ofSeconds(65));
    }

    @Test
    void deadlineEndsTheRetries() throws Exception {
        swarm.add(1, 0, 12).failNext(Fault.ERROR);
        try (InferenceSession session = open(1)) {
            var hidden = new Tensor(MemorySegment.ofArray(new float[WIDTH]), DType.F32, Shape.of(1, 1, WIDTH));
            assertThatThrownBy(() -> session.step(hidden, Deadline.after(swarm.clock, Duration.ofSeconds(2))))
                    .isInstanceOf(DeadlineException.class)
                    .hasMessageContaining("out of memory");
            assertThat(session.position()).isZero();
        }
    }

    @Test
    void noServerForSomeBlocksIsSaidAtOnce() {
        swarm.add(1, 0, 6);
        assertThatThrownBy(() -> open(1)).isInstanceOf(NoRouteException.class);
    }

    @Test
    void serverThatIsLoadingIsWaitedFor() throws Exception {
        swarm.add(1, 0, 6);
        swarm.serversAreLoading = true;
        swarm.clock.at(swarm.clock.nanoTime() + Duration.ofSeconds(20).toNanos(), () -> swarm.add(2, 6, 12));
        try (InferenceSession session = harness.open(1, SessionConfig.defaults())) {
            assertThat(session.route()).hasSize(2);
        }
    }

    @Test
    void tooManyTokensAreRefusedWithoutAskingServers() throws Exception {
        FakeServer server = swarm.add(1, 0, 12);
        try (InferenceSession session = open(1)) {
            assertThatThrownBy(() -> step(session, 1, TOKENS_MAX + 1))
                    .isInstanceOf(RequestRefusedException.class)
                    .hasMessageContaining(
                            "Maximum length exceeded: prefix 0 + current 41 exceeds pre-allocated maximum 40");
        }
        assertThat(server.received).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void goingBackForgetsTokens(boolean serversCan) throws Exception {
        swarm.canRollBack = serversCan;
        FakeServer one = swarm.add(1, 0, 7);
        swarm.add(2, 7, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(1, 2, 1, 1);
        try (InferenceSession session = open(1)) {
            step(session, 1, 6);
            session.truncate(2);
            assertThat(session.position()).isEqualTo(2);
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(1));
            assertThat(step(session, 1, 1)).isEqualTo(expected.get(2));
            assertThatThrownBy(() -> session.truncate(5)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(one.opened).isEqualTo(serversCan ? 1 : 2);
        assertThat(swarm.failures).isEmpty();
    }

    @Test
    void largeStepsGoInSeveralMessages() throws Exception {
        var config = SessionConfig.defaults().withMessageBytesMax(2 * 2 * WIDTH * Float.BYTES);
        FakeServer one = swarm.add(1, 0, 7);
        FakeServer two = swarm.add(2, 7, 12);
        List<List<Float>> expected = SessionHarness.undisturbed(2, 7, 1);
        try (InferenceSession session = harness.open(2, config)) {
            assertThat(step(session, 2, 7)).isEqualTo(expected.get(0));
            assertThat(one.receivedTokens).containsExactly(2, 2, 2, 1);
            two.failNext(Fault.END);
            FakeServer three = swarm.add(3, 7, 12);
            assertThat(step(session, 2, 1)).isEqualTo(expected.get(1));
            assertThat(three.receivedTokens).containsExactly(2, 2, 2, 1, 1);
        }
    }

    /** Any chain of halves, any failures: always the same answer. */
    @Test
    void outputDoesNotDependOnWhoFailsWhen() throws Exception {
        int[] steps = {5, 1, 1, 1, 1, 1, 1};
        List<Fault> faults = List.of(Fault.values());
        List<List<Float>> expected = SessionHarness.undisturbed(1, steps);
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            var test = new SessionHarness();
            for (int number = 1; number <= 12; number++) {
                int start = random.nextInt(BLOCKS - 2);
                FakeServer server = test.swarm.add(number, start, start + 2 + random.nextInt(BLOCKS - start - 1));
                if (random.nextInt(3) > 0) {
                    server.failNext(faults.get(random.nextInt(faults.size())));
                    server.faultAt = random.nextInt(8);
                }
            }
            test.swarm.add(13, 0, 6).faultAt = 6;
            test.swarm.add(14, 6, 12).faultAt = 7;
            test.swarm.servers.values().stream()
                    .filter(server -> server.fault == null)
                    .forEach(server -> server.fault = Fault.ERROR);
            test.swarm.onFailed = () -> {
                if (test.swarm.failures.size() == 5) {
                    test.swarm.add(20, 0, BLOCKS);
                }
            };
            try (InferenceSession session = test.open(1, SessionConfig.defaults())) {
                for (int i = 0; i < steps.length; i++) {
                    assertThat(test.step(session, 1, steps[i]))
                            .as("seed %s, step %s", seed, i)
                            .isEqualTo(expected.get(i));
                }
            }
        }
    }
}
