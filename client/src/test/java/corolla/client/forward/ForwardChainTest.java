package corolla.client.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import corolla.client.FakeServer;
import corolla.client.FakeSwarm;
import corolla.client.session.Codecs;
import corolla.client.session.SessionConfig;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ForwardChainTest {
    private static final Span ALL = new Span(0, 6);

    private final FakeSwarm swarm = new FakeSwarm(6);
    private SessionConfig sessions = SessionConfig.defaults();

    private ForwardChain chain(ForwardConfig config) {
        return chain(config, "");
    }

    private ForwardChain chain(ForwardConfig config, String adapter) {
        return new ForwardChain(swarm.environment(), swarm, swarm, sessions, config, FakeSwarm.PREFIX, adapter);
    }

    private Deadline soon() {
        return Deadline.after(swarm.clock, Duration.ofMinutes(10));
    }

    private float[] forward(int batch, int tokens, int width, Span blocks) throws Exception {
        float[] values = new float[batch * tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 13 * 0.25f;
        }
        var hidden = new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(batch, tokens, width));
        chain(ForwardConfig.defaults()).forward(hidden, null, blocks, soon());
        return values;
    }

    private static float[] expected(int batch, int tokens, int width, Span blocks) throws Exception {
        var test = new ForwardChainTest();
        test.swarm.add(9, 0, 6);
        return test.forward(batch, tokens, width, blocks);
    }

    private static Tensor random(int seed, long... sizes) {
        Tensor tensor = MicroBatch.heap(sizes);
        var random = new Random(seed);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    /** Output, gradient of the input and of the prompts. */
    private record Result(float[] output, float[] gradient, float @Nullable [] promptGradient) {
        void assertEquals(Result other) {
            assertThat(output).isEqualTo(other.output);
            assertThat(gradient).isEqualTo(other.gradient);
            assertThat(promptGradient).isEqualTo(other.promptGradient);
        }
    }

    private Result thereAndBack(ForwardConfig config, int batch, int tokens, int promptBatch) throws Exception {
        return thereAndBack(config, batch, tokens, promptBatch, 4);
    }

    private Result thereAndBack(ForwardConfig config, int batch, int tokens, int promptBatch, int width)
            throws Exception {
        Tensor hidden = random(1, batch, tokens, width);
        Tensor prompts = promptBatch == 0 ? null : random(2, 6, promptBatch, 2, width);
        Tensor gradient = random(3, batch, tokens, width);
        Tensor promptGradient = prompts == null ? null : MicroBatch.heap(6, batch, 2, width);
        ForwardChain chain = chain(config);
        Tape tape = chain.forward(hidden, prompts, ALL, soon());
        chain.backward(tape, gradient, promptGradient, soon());
        return new Result(
                hidden.toFloats(), gradient.toFloats(), promptGradient == null ? null : promptGradient.toFloats());
    }

    private static Result onOneServer(int batch, int tokens, int promptBatch) throws Exception {
        var test = new ForwardChainTest();
        test.swarm.add(9, 0, 6);
        return test.thereAndBack(ForwardConfig.defaults(), batch, tokens, promptBatch);
    }

    @Test
    void chainAnswersAsOneServer() throws Exception {
        swarm.add(1, 0, 2);
        swarm.add(2, 2, 6);
        assertThat(forward(2, 5, 4, new Span(0, 6))).isEqualTo(expected(2, 5, 4, new Span(0, 6)));
        assertThat(forward(2, 5, 4, new Span(1, 3))).isEqualTo(expected(2, 5, 4, new Span(1, 3)));
    }

    @Test
    void adapterIsAskedForThereAndBackOfServersThatHaveIt() throws Exception {
        FakeServer plain = swarm.add(1, 0, 6);
        FakeServer front = swarm.add(2, 0, 2);
        FakeServer back = swarm.add(3, 2, 6);
        front.adapters = List.of("cats");
        back.adapters = List.of("dogs", "cats");
        ForwardChain chain = chain(ForwardConfig.defaults(), "cats");
        Tape tape = chain.forward(random(1, 2, 5, 4), null, ALL, soon());
        assertThat(tape.adapter()).isEqualTo("cats");
        chain.backward(tape, random(3, 2, 5, 4), null, soon());
        assertThat(plain.asked).isEmpty();
        assertThat(front.asked).containsExactly("cats", "cats");
        assertThat(back.asked).containsExactly("cats", "cats");
        assertThatThrownBy(() -> chain(ForwardConfig.defaults()).backward(tape, random(3, 2, 5, 4), null, soon()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("with adapter 'cats'");
        ForwardChain birds = chain(ForwardConfig.defaults(), "birds");
        assertThatThrownBy(() -> birds.forward(random(1, 2, 5, 4), null, ALL, soon()))
                .isInstanceOf(NoRouteException.class);
    }

    @Test
    void largeTensorsGoInPiecesOnAStream() throws Exception {
        FakeServer server = swarm.add(1, 0, 6);
        int width = 2048; // 1 x 600 x 2048 x 4 bytes: 4.7 MiB, above one message and above one piece
        assertThat(forward(1, 600, width, new Span(2, 3))).isEqualTo(expected(1, 600, width, new Span(2, 3)));
        assertThat(server.forwardStreams).isEqualTo(1);
        assertThat(server.forwards).isZero();
    }

    @Test
    void batchesGoInPartsOfAThousandTokens() throws Exception {
        FakeServer server = swarm.add(1, 0, 6);
        assertThat(forward(5, 512, 2, new Span(0, 1))).isEqualTo(expected(5, 512, 2, new Span(0, 1)));
        assertThat(server.forwards).isEqualTo(3);
    }

    @Test
    void lostServerIsPassedBy() throws Exception {
        swarm.add(1, 0, 3);
        swarm.add(2, 3, 6).refusesToOpen = true;
        swarm.onFailed = () -> swarm.add(3, 3, 6);
        assertThat(forward(1, 4, 3, new Span(0, 6))).isEqualTo(expected(1, 4, 3, new Span(0, 6)));
        assertThat(swarm.failures).hasSize(1);
    }

    @Test
    void givesUpWithWhatWasTried() {
        swarm.add(1, 0, 6).refusesToOpen = true;
        assertThatThrownBy(() -> forward(1, 4, 3, new Span(0, 6)))
                .isInstanceOf(SessionLostException.class)
                .hasMessageContaining("connection refused")
                .hasMessageContaining("given up after");
    }

    @Test
    void gradientIsThatOfTheForward() throws Exception {
        swarm.add(1, 0, 4);
        swarm.add(2, 4, 6);
        Tensor at = random(1, 1, 5, 3);
        Tensor direction = random(4, 1, 5, 3);
        Tensor gradient = random(3, 1, 5, 3);
        ForwardChain chain = chain(ForwardConfig.defaults());
        Tensor output = copy(at);
        Tape tape = chain.forward(output, null, ALL, soon());
        Tensor moved = copy(at);
        for (int i = 0; i < 15; i++) {
            moved.setFloat(i, at.getFloat(i) + direction.getFloat(i)); // the fake blocks are linear: any step will do
        }
        chain.forward(moved, null, ALL, soon());
        double difference = 0;
        for (int i = 0; i < 15; i++) {
            difference += (moved.getFloat(i) - output.getFloat(i)) * gradient.getFloat(i);
        }
        chain.backward(tape, gradient, null, soon());
        double slope = 0;
        for (int i = 0; i < 15; i++) {
            slope += direction.getFloat(i) * gradient.getFloat(i);
        }
        assertThat(slope).isCloseTo(difference, Offset.offset(1e-4));
    }

    private static Tensor copy(Tensor tensor) {
        Tensor copy = MicroBatch.heap(tensor.shape().toArray());
        copy.copyFrom(tensor);
        return copy;
    }

    @Test
    void promptsAreSplitOverServersAndMicroBatches() throws Exception {
        swarm.add(1, 0, 1);
        swarm.add(2, 1, 5);
        swarm.add(3, 5, 6);
        var small = new ForwardConfig(7, 3); // two sequences of three tokens at a time
        for (int promptBatch : new int[] {0, 1, 5}) {
            thereAndBack(small, 5, 3, promptBatch).assertEquals(onOneServer(5, 3, promptBatch));
        }
        assertThat(Objects.requireNonNull(swarm.servers.get(FakeSwarm.peer(2))).backwards)
                .isEqualTo(9);
    }

    @Test
    void serverLostOnTheWayBackChangesNothing() throws Exception {
        swarm.add(1, 0, 2);
        FakeServer lost = swarm.add(2, 2, 6);
        lost.diesAfter = 3; // three micro-batches there,
        lost.backwards = 3; // and none back
        swarm.onFailed = () -> {
            if (swarm.servers.size() == 2) {
                swarm.add(3, 2, 3);
                swarm.add(4, 3, 6);
            }
        };
        var small = new ForwardConfig(7, 1);
        thereAndBack(small, 5, 3, 5).assertEquals(onOneServer(5, 3, 5));
        assertThat(Objects.requireNonNull(swarm.servers.get(FakeSwarm.peer(4))).backwards)
                .isEqualTo(3);
        assertThat(Objects.requireNonNull(swarm.servers.get(FakeSwarm.peer(1))).forwards)
                .as("blocks before the lost server are not run again")
                .isEqualTo(3);
    }

    @Test
    void largeGradientsOfSharedPromptsGoOnAStream() throws Exception {
        FakeServer server = swarm.add(1, 0, 6);
        thereAndBack(ForwardConfig.defaults(), 64, 2, 1, 1024); // inputs 512 KiB, prompt gradients 3 MiB
        assertThat(server.backwardStreams).isEqualTo(1);
        assertThat(server.backwards).isZero();
    }

    @Test
    void refusingServerIsNotBanned() throws Exception {
        FakeServer strict = swarm.add(1, 0, 6);
        strict.refusal = "ValueError(\"Task size greater than max_batch_size (2), it can't be processed\")";
        FakeServer other = swarm.add(2, 0, 3);
        swarm.add(3, 3, 6);
        assertThat(forward(1, 4, 3, ALL)).isEqualTo(expected(1, 4, 3, ALL));
        assertThat(swarm.failures).isEmpty();
        assertThat(strict.forwards).isEqualTo(1);
        other.refusal = strict.refusal;
        assertThatThrownBy(() -> forward(1, 4, 3, ALL))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining("max_batch_size (2)");
        assertThat(swarm.banned).isEmpty();
    }

    @Test
    void whatIsNoNumberIsNotSent() {
        FakeServer server = swarm.add(1, 0, 6);
        Tensor hidden = random(1, 1, 2, 2);
        hidden.setFloat(3, Float.NaN);
        assertThatThrownBy(() -> chain(ForwardConfig.defaults()).forward(hidden, null, ALL, soon()))
                .isInstanceOf(RequestRefusedException.class)
                .hasMessageContaining("not a number");
        assertThat(server.forwards).isZero();
    }

    @Test
    void eachLinkHasItsCodec() throws Exception {
        FakeServer near = swarm.add(1, 0, 3);
        FakeServer far = swarm.add(2, 3, 6);
        Codecs.Choice choice = server -> server.equals(far.peer) ? Codecs.of(Compression.FLOAT16) : Codecs.PLAIN;
        sessions = sessions.withCodecs(choice);
        Result packed = thereAndBack(ForwardConfig.defaults(), 2, 3, 2);
        assertThat(near.lastCompression).isEqualTo(Compression.NONE);
        assertThat(far.lastCompression).isEqualTo(Compression.FLOAT16);
        Result plain = onOneServer(2, 3, 2);
        assertThat(packed.gradient).isNotEqualTo(plain.gradient);
        assertThat(packed.gradient).usingComparatorWithPrecision(1e-3f).containsExactly(plain.gradient);
    }
}
