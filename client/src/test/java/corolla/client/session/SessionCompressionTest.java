package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.client.FakeServer;
import corolla.client.FakeServer.Fault;
import corolla.client.FakeSwarm;
import corolla.client.routing.Failure;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.codec.Compression;
import corolla.swarm.protocol.RequestMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions whose hidden states are packed, and what stays equal when a server is lost. */
class SessionCompressionTest {
    /** A prompt long enough to be replayed as it was packed, steps that are replayed together, another long message. */
    private static final int[] TOKENS = {20, 1, 1, 1, 16, 1};

    private final SessionHarness harness = new SessionHarness();
    private final FakeSwarm swarm = harness.swarm;

    private static SessionConfig packing(Compression codec) {
        return SessionConfig.defaults().withCodecs(Codecs.Choice.always(Codecs.of(codec)));
    }

    private List<List<Float>> steps(InferenceSession session, int from, int to) throws Exception {
        var outputs = new ArrayList<List<Float>>();
        for (int i = from; i < to; i++) {
            outputs.add(harness.step(session, 2, TOKENS[i]));
        }
        return outputs;
    }

    private static double error(List<List<Float>> outputs, List<List<Float>> expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.size(); i++) {
            for (int k = 0; k < expected.get(i).size(); k++) {
                double right = expected.get(i).get(k);
                difference += Math.pow(outputs.get(i).get(k) - right, 2);
                size += right * right;
            }
        }
        return Math.sqrt(difference / size);
    }

    /** Three links there and three back; each loses at most this share of the length. */
    private static double bound(Compression codec) {
        return 6
                * switch (codec) {
                    case NONE -> 0;
                    case FLOAT16, MEANSTD_16BIT -> 1e-3;
                    case QUANTILE_8BIT, UNIFORM_8BIT, BLOCKWISE_8BIT -> 2e-2;
                };
    }

    @ParameterizedTest
    @EnumSource
    void hiddenStatesTravelPackedBothWays(Compression codec) throws Exception {
        List<List<Float>> expected = SessionHarness.undisturbed(2, TOKENS);
        List<FakeServer> servers = List.of(swarm.add(1, 0, 4), swarm.add(2, 4, 8), swarm.add(3, 8, 12));
        try (InferenceSession session = harness.open(2, packing(codec))) {
            double error = error(steps(session, 0, TOKENS.length), expected);
            assertThat(error).isBetween(0.0, bound(codec));
        }
        for (FakeServer server : servers) {
            assertThat(server.lastCompression).isEqualTo(codec);
            assertThat(server.received).allMatch(message -> List.of(codec).equals(message.outputCompression()));
        }
    }

    @Test
    void unlessAskedNothingIsPackedNorAskedFor() throws Exception {
        FakeServer server = swarm.add(1, 0, 12);
        try (InferenceSession session = harness.open(2, SessionConfig.defaults())) {
            steps(session, 0, 2);
        }
        assertThat(server.lastCompression).isEqualTo(Compression.NONE);
        assertThat(server.received)
                .extracting(RequestMetadata::outputCompression)
                .containsOnlyNulls();
    }

    /** The other server gets the very values that the lost one got, however they were packed: so nothing changes, not by a bit. */
    @ParameterizedTest
    @EnumSource
    void replayedValuesAreThoseThatWereSent(Compression codec) throws Exception {
        for (int lostAt = 1; lostAt < TOKENS.length; lostAt++) {
            var calm = new SessionCompressionTest();
            calm.twoServers();
            var shaken = new SessionCompressionTest();
            FakeServer lost = shaken.twoServers();
            try (InferenceSession one = calm.harness.open(2, packing(codec));
                    InferenceSession other = shaken.harness.open(2, packing(codec))) {
                List<List<Float>> outputs = new ArrayList<>(shaken.steps(other, 0, lostAt));
                lost.failNext(Fault.END);
                FakeServer heir = shaken.swarm.add(9, 4, 12);
                outputs.addAll(shaken.steps(other, lostAt, TOKENS.length));
                assertThat(outputs).as("lost at step %s", lostAt).isEqualTo(calm.steps(one, 0, TOKENS.length));
                assertThat(heir.receivedTokens.getFirst()).isGreaterThanOrEqualTo(20);
            }
        }
    }

    private FakeServer twoServers() {
        swarm.add(1, 0, 4);
        return swarm.add(2, 4, 12);
    }

    @Test
    void serverThatPacksAsItLikesIsUnderstood() throws Exception {
        FakeServer stock = swarm.add(1, 0, 12);
        stock.ignoresCompression = true;
        List<List<Float>> expected = SessionHarness.undisturbed(2, TOKENS);
        try (InferenceSession session = harness.open(2, packing(Compression.FLOAT16))) {
            assertThat(error(steps(session, 0, TOKENS.length), expected)).isLessThan(2e-3);
        }
        assertThat(stock.lastCompression).isEqualTo(Compression.FLOAT16);
    }

    @Test
    void refusedCodecIsOneClearErrorAndBansNobody() throws Exception {
        FakeServer server = swarm.add(1, 0, 12);
        server.refusal = "compression FLOAT16 does not support bfloat16 tensors";
        try (InferenceSession session = harness.open(2, packing(Compression.FLOAT16))) {
            assertThatThrownBy(() -> steps(session, 0, 1))
                    .isInstanceOf(RequestRefusedException.class)
                    .hasMessageContaining(server.peer.shortForm())
                    .hasMessageContaining("compression FLOAT16 does not support bfloat16 tensors")
                    .hasMessageContaining("asked for FLOAT16")
                    .hasMessageNotContaining("\n");
        }
        assertThat(swarm.kinds).as("which bans nobody").containsExactly(Failure.Kind.REQUEST);
        assertThat(server.opened).isEqualTo(1);
    }

    @Test
    void eachLinkHasItsCodecAndPushesTakeOnlyWaysOfOneKind() throws Exception {
        FakeServer near = pushing(1, 0, 4);
        FakeServer far = pushing(2, 4, 8);
        FakeServer farther = pushing(3, 8, 12);
        Codecs.Choice choice = server -> server.equals(near.peer) ? Codecs.PLAIN : Codecs.of(Compression.QUANTILE_8BIT);
        try (InferenceSession session = harness.open(2, SessionConfig.defaults().withCodecs(choice))) {
            steps(session, 0, TOKENS.length);
        }
        assertThat(near.lastCompression).isEqualTo(Compression.NONE);
        assertThat(far.lastCompression).isEqualTo(Compression.QUANTILE_8BIT);
        assertThat(far.pushesTaken).isZero();
        assertThat(farther.pushesTaken).isEqualTo(TOKENS.length - 1);
        assertThat(farther.lastCompression).isEqualTo(Compression.QUANTILE_8BIT);
    }

    /** What a server hands on is what the client would send: the answer is the same whether pushes come, get lost, or die on the way. */
    @ParameterizedTest
    @EnumSource
    void pushesChangeNothing(Compression codec) throws Exception {
        List<List<Float>> sent = pushed(packing(codec).withPushes(false), _ -> {});
        assertThat(pushed(packing(codec), _ -> {})).isEqualTo(sent);
        assertThat(pushed(packing(codec), middle -> middle.losesPushes = true)).isEqualTo(sent);
        assertThat(pushed(packing(codec), middle -> {
                    middle.fault = Fault.DIES_AFTER_PUSH;
                    middle.faultAt = middle.received.size() - 1; // whoever brings the next step
                }))
                .isEqualTo(sent);
    }

    private static List<List<Float>> pushed(SessionConfig config, Consumer<FakeServer> harm) throws Exception {
        var test = new SessionCompressionTest();
        test.pushing(1, 0, 4);
        FakeServer middle = test.pushing(2, 4, 8);
        test.pushing(3, 8, 12);
        test.swarm.onFailed = () -> test.pushing(9, 4, 8);
        try (InferenceSession session = test.harness.open(2, config)) {
            List<List<Float>> outputs = new ArrayList<>(test.steps(session, 0, 3));
            harm.accept(middle);
            outputs.addAll(test.steps(session, 3, TOKENS.length));
            return outputs;
        }
    }

    private FakeServer pushing(int number, int start, int end) {
        FakeServer server = swarm.add(number, start, end);
        server.pushes = true;
        return server;
    }
}
