package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.FakeServer;
import corolla.client.FakeServer.Fault;
import corolla.client.FakeSwarm;
import corolla.client.session.SessionHarness.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers that hand on to each other: the same outputs, whatever gets lost. */
class SessionPushTest {
    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;
    private FakeServer one = pushing(1, 0, 4);
    private FakeServer two = pushing(2, 4, 8);
    private FakeServer three = pushing(3, 8, 12);
    private List<List<Float>> expected = List.of();

    @BeforeEach
    void compute() throws Exception {
        expected = SessionHarness.undisturbed(2, 3, 1, 1, 1, 1, 1);
    }

    private FakeServer pushing(int number, int start, int end) {
        FakeServer server = swarm.add(number, start, end);
        server.pushes = true;
        return server;
    }

    private InferenceSession open() throws Exception {
        return harness.open(2, SessionConfig.defaults());
    }

    private void assertSteps(InferenceSession session, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            assertThat(harness.step(session, 2, expected.get(i).size() / 2 / SessionHarness.WIDTH))
                    .as("step %s", i)
                    .isEqualTo(expected.get(i));
        }
    }

    @Test
    void onceAllSessionsAreOpenOnlyTheFirstServerHearsFromTheClient() throws Exception {
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 6);
        }
        assertThat(one.received).hasSize(6);
        assertThat(two.received).hasSize(1);
        assertThat(three.received).hasSize(1);
        assertThat(two.pushesTaken).isEqualTo(5);
        assertThat(three.pushesTaken).isEqualTo(5);
        assertThat(swarm.failures).isEmpty();
        assertThat(swarm.timed)
                .as("only ways from the client and back are timed")
                .hasSize(5);
    }

    @Test
    void withoutTheWishNobodyPushes() throws Exception {
        try (InferenceSession session = harness.open(2, SessionConfig.defaults().withPushes(false))) {
            assertSteps(session, 0, 6);
        }
        assertThat(one.received).allMatch(message -> message.nextServers().isEmpty());
        assertThat(two.received).hasSize(6);
    }

    @Test
    void serversThatDoNotAnnounceItAreLeftOut() throws Exception {
        two.pushes = false;
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 6);
        }
        assertThat(three.pushesTaken).isZero();
        assertThat(three.received).hasSize(6);
        assertThat(one.received).allMatch(message -> message.nextServers().isEmpty());
    }

    @Test
    void pushThatGetsLostIsSentByTheClientAndNotReliedOnForAWhile() throws Exception {
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 2);
            one.losesPushes = true;
            long start = swarm.clock.nanoTime();
            assertSteps(session, 2, 6);
            assertThat(Duration.ofNanos(swarm.clock.nanoTime() - start)).isLessThan(Duration.ofMillis(400));
        }
        assertThat(two.received).hasSize(1 + 4);
        assertThat(three.received).as("the second server still hands on").hasSize(1);
        assertThat(swarm.failures).isEmpty();
    }

    @Test
    void pushesThatGetLostAgainCostNoMoreThanTheFirst() throws Exception {
        int[] single = new int[SessionHarness.TOKENS_MAX - 3];
        Arrays.fill(single, 1);
        List<List<Float>> answers = SessionHarness.undisturbed(1, single);
        one.losesPushes = true;
        long start = swarm.clock.nanoTime();
        try (InferenceSession session = harness.open(1, SessionConfig.defaults())) {
            for (List<Float> answer : answers) {
                assertThat(harness.step(session, 1, 1)).isEqualTo(answer);
            }
        }
        assertThat(Duration.ofNanos(swarm.clock.nanoTime() - start))
                .as("two are relied on, and lost")
                .isLessThan(SessionConfig.defaults().doubtMin().multipliedBy(3));
        assertThat(swarm.failures).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void serverLostInMidPushIsReplaced(Fault fault) throws Exception {
        for (FakeServer victim : List.of(one, two, three)) {
            var test = new SessionPushTest();
            test.compute();
            FakeServer lost = victim == one ? test.one : victim == two ? test.two : test.three;
            try (InferenceSession session = test.open()) {
                test.assertSteps(session, 0, 3);
                lost.fault = fault;
                lost.faultAt = lost.received.size() - 1; // whoever brings the next step
                FakeServer other = test.pushing(9, 0, 12);
                test.assertSteps(session, 3, 6);
                assertThat(session.route()).anyMatch(hop -> hop.peer().equals(other.peer));
            }
            assertThat(test.swarm.failures).hasSize(1);
        }
    }

    @Test
    void serverThatDiesAfterItsPushDoesNotCostTheOthersAReplay() throws Exception {
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 3);
            one.failNext(Fault.DIES_AFTER_PUSH);
            pushing(9, 0, 4);
            assertSteps(session, 3, 6);
        }
        assertThat(two.opened).isEqualTo(1);
        assertThat(three.opened).isEqualTo(1);
    }

    @Test
    void nonsenseThatWasHandedOnIsForgottenBehind() throws Exception {
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 3);
            one.failNext(Fault.NOT_A_NUMBER);
            pushing(9, 0, 4);
            assertSteps(session, 3, 6);
        }
        assertThat(two.opened).as("its cache was spoilt").isEqualTo(2);
    }

    @Test
    void rolledBackTokensMayBePushedAnew() throws Exception {
        try (InferenceSession session = open()) {
            assertSteps(session, 0, 4);
            session.truncate(4);
            assertSteps(session, 2, 6);
        }
        assertThat(two.received).hasSize(1);
    }

    /** Beams, roll-backs, lost pushes, and any failures: always the same answer. */
    @Test
    void outputDoesNotDependOnWhoFailsWhenOrWhoPushes() throws Exception {
        List<Step> steps = List.of(
                Step.of(4),
                Step.of(1, 1, 1, 0),
                Step.of(1, 2, 0, 1),
                Step.of(1),
                Step.of(2, 0, 0, 2),
                Step.of(1, 1, 2, 0));
        List<List<Float>> right = SessionHarness.undisturbed(3, steps);
        List<Fault> faults = List.of(Fault.values());
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            var test = new SessionHarness();
            for (int number = 1; number <= 10; number++) {
                int start = random.nextInt(SessionHarness.BLOCKS - 3);
                FakeServer server = test.swarm.add(number, start, start + 3 + random.nextInt(3));
                server.pushes = random.nextInt(4) > 0;
                server.losesPushes = random.nextInt(4) == 0;
                if (random.nextInt(3) > 0) {
                    server.fault = faults.get(random.nextInt(faults.size()));
                    server.faultAt = random.nextInt(7);
                }
            }
            test.swarm.add(20, 0, 6).pushes = true;
            test.swarm.add(21, 6, 12).pushes = true;
            var outputs = new ArrayList<List<Float>>();
            try (InferenceSession session = test.open(3, SessionConfig.defaults())) {
                for (Step step : steps) {
                    outputs.add(test.step(session, 3, step));
                }
            }
            assertThat(outputs).as("seed %s", seed).isEqualTo(right);
        }
    }
}
