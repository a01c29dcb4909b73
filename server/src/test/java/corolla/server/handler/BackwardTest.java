package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.model.block.BackwardRequest;
import corolla.server.ServerLimits;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gradients as the whole model computes them; the model's own tests compare those with finite differences. */
class BackwardTest {
    private static final float CLOSE = 1e-4f;

    @TempDir
    Path folder;

    private TinyServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TinyServer(folder, DType.F32, ServerLimits.defaults());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static RequestMetadata.Builder call() {
        return RequestMetadata.builder().opening("").argsStructure(ArgsStructure.flat(3));
    }

    private List<WireTensor> backward(String uid, RequestMetadata.Builder metadata, WireTensor... tensors)
            throws Exception {
        var request = new ExpertRequest(uid, List.of(tensors), metadata.build().write());
        byte[] answer = server.backward.unary(context(CALLER), ExpertMessages.write(request));
        return ExpertMessages.readResponse(answer).tensors();
    }

    private float[] floats(WireTensor wire) throws IOException {
        return TensorCodec.decode(wire, server.arena).toFloats();
    }

    private Tensor copy(Tensor tensor) {
        Tensor copy = Tensor.allocate(server.arena, DType.F32, tensor.shape().toArray());
        copy.copyFrom(tensor);
        return copy;
    }

    @Test
    void gradientsAreThoseOfTheWholeModel() throws Exception {
        Tensor inputs = server.hidden(1, 2, 7);
        Tensor gradient = server.hidden(2, 2, 7);
        List<WireTensor> answer =
                backward(uid(1, 4), call(), wire(inputs), wire(gradient), WireTensor.absent("float32"));
        Tensor expected = copy(gradient);
        server.local
                .blocks()
                .backward(server.environment.team(), BackwardRequest.of(1, 4, inputs, expected), server.soon());
        assertThat(answer).hasSize(1);
        assertThat(answer.getFirst().sizes()).containsExactly(2, 7, HIDDEN);
        assertThat(floats(answer.getFirst())).containsExactly(expected.toFloats(), within(CLOSE));
    }

    @Test
    void promptsHaveGradientsOfTheirOwnForEachSequence() throws Exception {
        Tensor inputs = server.hidden(1, 2, 5);
        Tensor gradient = server.hidden(2, 2, 5);
        Tensor prompts = server.hidden(3, 3, 2).reshape(3, 1, 2, HIDDEN);
        List<WireTensor> answer = backward(uid(1, 4), call(), wire(inputs), wire(gradient), wire(prompts));
        Tensor expected = copy(gradient);
        Tensor expectedPrompts = Tensor.allocate(server.arena, DType.F32, 3, 2, 2, HIDDEN);
        server.local
                .blocks()
                .backward(
                        server.environment.team(),
                        new BackwardRequest(1, 4, inputs, expected, prompts, expectedPrompts),
                        server.soon());
        assertThat(answer).hasSize(2);
        assertThat(answer.get(1).sizes()).containsExactly(3, 2, 2, HIDDEN);
        assertThat(floats(answer.get(0))).containsExactly(expected.toFloats(), within(CLOSE));
        assertThat(floats(answer.get(1))).containsExactly(expectedPrompts.toFloats(), within(CLOSE));
    }

    @Test
    void streamedCallsGiveTheSame() throws Exception {
        Tensor inputs = server.hidden(1, 1, 9);
        Tensor gradient = server.hidden(2, 1, 9);
        WireTensor none = WireTensor.absent("float32");
        var stream = new FakeStream(server.environment.clock());
        for (WireTensor tensor : List.of(wire(inputs), wire(gradient), none)) {
            for (WireTensor piece : TensorPieces.split(tensor, 700)) {
                stream.send(new ExpertRequest(
                        uid(1, 4), List.of(piece), call().build().write()));
            }
        }
        stream.end();
        server.backward.stream(context(CALLER), stream.source(), stream.sink());
        ExpertResponse streamed = stream.response(0);
        float[] unary = floats(
                backward(uid(1, 4), call(), wire(inputs), wire(gradient), none).getFirst());
        assertThat(FakeStream.floats(streamed)).containsExactly(unary, within(CLOSE));
    }

    @Test
    void compressionIsChosenForEachAnswer() throws Exception {
        Tensor inputs = server.hidden(1, 1, 3);
        Tensor prompts = server.hidden(3, 3, 1).reshape(3, 1, 1, HIDDEN);
        RequestMetadata.Builder both = call().outputCompression(List.of(Compression.NONE, Compression.FLOAT16));
        assertThat(backward(uid(1, 4), both, wire(inputs), wire(inputs), wire(prompts)))
                .extracting(WireTensor::compression)
                .containsExactly(Compression.NONE, Compression.FLOAT16);
        assertThatThrownBy(() -> backward(uid(1, 4), both, wire(inputs), wire(inputs), WireTensor.absent("float32")))
                .hasMessageContaining("2 entries for 1 tensors");
    }

    @Test
    void badRequestsAreRefused() {
        WireTensor one = wire(server.hidden(1, 1, 1));
        WireTensor two = wire(server.hidden(1, 1, 2));
        WireTensor none = WireTensor.absent("float32");
        assertThatThrownBy(() -> backward(uid(1, 4), call(), one, two, none)).hasMessageContaining("gradients");
        assertThatThrownBy(() -> backward("tiny.2 tiny.1", call(), one, one, none))
                .hasMessageContaining("consecutive");
        assertThatThrownBy(() -> backward(uid(0, 2), call(), one, one, none)).hasMessageContaining("does not serve");
        assertThatThrownBy(() -> backward(uid(1, 4), call().argsStructure(ArgsStructure.flat(1)), one))
                .hasMessageContaining("without gradients");
    }
}
