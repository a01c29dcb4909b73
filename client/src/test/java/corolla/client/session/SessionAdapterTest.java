package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.client.FakeServer;
import corolla.client.FakeServer.Fault;
import corolla.client.FakeSwarm;
import corolla.swarm.NoRouteException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sessions with a LoRA adapter: who is asked, and for what. */
class SessionAdapterTest {
    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;

    private FakeServer add(int number, int start, int end, String... adapters) {
        FakeServer server = swarm.add(number, start, end);
        server.adapters = List.of(adapters);
        return server;
    }

    private InferenceSession open(String adapter) throws Exception {
        return harness.open(1, SessionConfig.defaults(), adapter);
    }

    @Test
    void onlyServersThatAnnounceItAreAskedAndToldOnce() throws Exception {
        FakeServer plain = add(1, 0, 12);
        FakeServer front = add(2, 0, 6, "cats", "dogs");
        FakeServer back = add(3, 6, 12, "cats");
        try (InferenceSession session = open("cats")) {
            harness.step(session, 1, 4);
            harness.step(session, 1, 1);
        }
        assertThat(plain.opened).isZero();
        assertThat(front.asked).containsExactly("cats");
        assertThat(back.asked).containsExactly("cats");
        assertThat(back.received)
                .extracting(metadata -> metadata.activeAdapter())
                .containsExactly("cats", "");
    }

    @Test
    void lostOneIsReplacedByOneThatHasIt() throws Exception {
        FakeServer first = add(1, 0, 12, "cats");
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4, 1);
        try (InferenceSession session = open("cats")) {
            harness.step(session, 1, 4);
            first.failNext(Fault.END);
            FakeServer plain = add(2, 0, 12);
            FakeServer other = add(3, 0, 12, "cats");
            assertThat(harness.step(session, 1, 1)).isEqualTo(expected.get(1));
            assertThat(plain.opened).isZero();
            assertThat(other.asked).containsExactly("cats");
        }
    }

    @Test
    void oneThatHasItNoMoreIsLeftForAnother() throws Exception {
        FakeServer first = add(1, 0, 12, "cats");
        List<List<Float>> expected = SessionHarness.undisturbed(1, 4);
        try (InferenceSession session = open("cats")) {
            first.adapters = List.of(); // removed between the look and the request
            FakeServer other = add(2, 0, 12, "cats");
            assertThat(harness.step(session, 1, 4)).isEqualTo(expected.getFirst());
            assertThat(other.asked).containsExactly("cats");
        }
    }

    @Test
    void withoutAnybodyWhoHasItNothingIsAsked() {
        FakeServer plain = add(1, 0, 12, "dogs");
        assertThatThrownBy(() -> open("cats")).isInstanceOf(NoRouteException.class);
        assertThat(plain.opened).isZero();
    }
}
