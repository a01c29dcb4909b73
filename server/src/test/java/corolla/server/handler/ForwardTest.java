package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.server.ServerLimits;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForwardTest {
    private static final float CLOSE = 1e-4f;

    @TempDir
    Path folder;

    private TinyServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TinyServer(folder, DType.F32, ServerLimits.defaults().withTurnRowsMax(8));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ExpertResponse forward(String uid, RequestMetadata.Builder metadata, WireTensor... tensors)
            throws Exception {
        var request = new ExpertRequest(uid, List.of(tensors), metadata.build().write());
        return ExpertMessages.readResponse(server.forward.unary(context(CALLER), ExpertMessages.write(request)));
    }

    private static RequestMetadata.Builder call() {
        return RequestMetadata.builder().opening("").argsStructure(ArgsStructure.flat(2));
    }

    @Test
    void blocksRunInOrder() throws Exception {
        Tensor hidden = server.hidden(1, 2, 9);
        ExpertResponse response = forward(uid(1, 4), call(), wire(hidden), WireTensor.absent("float32"));
        assertThat(response.tensors().getFirst().sizes()).containsExactly(2, 9, HIDDEN);
        assertThat(FakeStream.floats(response)).containsExactly(server.expected(hidden, 1, 4), within(CLOSE));
    }

    @Test
    void anyChainOfOurBlocksRuns() throws Exception {
        Tensor hidden = server.hidden(1, 1, 3);
        ExpertResponse response = forward("tiny.3 tiny.1 tiny.1", call(), wire(hidden), WireTensor.absent("float32"));
        server.local.forward(hidden, 3, 4, server.soon());
        server.local.forward(hidden, 1, 2, server.soon());
        server.local.forward(hidden, 1, 2, server.soon());
        assertThat(FakeStream.floats(response)).containsExactly(hidden.toFloats(), within(1e-3f));
    }

    @Test
    void promptsOfEachSequenceAreAdded() throws Exception {
        Tensor hidden = server.hidden(1, 2, 3);
        Tensor prompts = server.hidden(2, 4, 2).reshape(2, 2, 2, HIDDEN);
        ExpertResponse response = forward("tiny.3 tiny.1", call(), wire(hidden), wire(prompts));
        int[] chain = {3, 1};
        for (int i = 0; i < 2; i++) {
            for (int sequence = 0; sequence < 2; sequence++) {
                for (int j = 0; j < 2 * HIDDEN; j++) {
                    Tensor rows = hidden.part(sequence);
                    rows.setFloat(j, rows.getFloat(j) + prompts.getFloat((i * 2 + sequence) * 2 * HIDDEN + j));
                }
            }
            server.local.forward(hidden, chain[i], chain[i] + 1, server.soon());
        }
        assertThat(FakeStream.floats(response)).containsExactly(hidden.toFloats(), within(CLOSE));
    }

    @Test
    void outputCompressionIsHonoured() throws Exception {
        Tensor hidden = server.hidden(1, 1, 3);
        for (Compression compression : Compression.values()) {
            ExpertResponse response = forward(
                    uid(1, 4),
                    call().outputCompression(List.of(compression)),
                    wire(hidden),
                    WireTensor.absent("float32"));
            assertThat(response.tensors().getFirst().compression()).isEqualTo(compression);
            assertThat(response.tensors().getFirst().dtype()).isEqualTo("float32");
        }
        assertThatThrownBy(() -> forward(uid(1, 4), call().outputCompression(List.of()), wire(hidden)))
                .hasMessageContaining("output_compression");
    }

    @Test
    void streamedCallsGiveTheSame() throws Exception {
        Tensor hidden = server.hidden(1, 1, 40);
        var stream = new FakeStream(server.environment.clock());
        byte[] metadata = call().build().write();
        for (WireTensor tensor : List.of(wire(hidden), WireTensor.absent("float32"))) {
            for (WireTensor piece : TensorPieces.split(tensor, 1000)) {
                stream.send(new ExpertRequest(uid(1, 4), List.of(piece), metadata));
            }
        }
        stream.end();
        server.forward.stream(context(CALLER), stream.source(), stream.sink());
        assertThat(stream.responseCount()).isEqualTo(1);
        assertThat(stream.floats(0)).containsExactly(server.expected(hidden, 1, 4), within(CLOSE));
    }

    @Test
    void streamedCallsNameOneChain() {
        Tensor hidden = server.hidden(1, 1, 1);
        byte[] metadata = call().build().write();
        var stream = new FakeStream(server.environment.clock());
        stream.send(new ExpertRequest(uid(1, 4), List.of(wire(hidden)), metadata));
        stream.send(new ExpertRequest(uid(1, 3), List.of(WireTensor.absent("float32")), metadata));
        assertThatThrownBy(() -> server.forward.stream(context(CALLER), stream.source(), stream.sink()))
                .hasMessageContaining("Block uids differ in one request");
    }

    @Test
    void badRequestsAreRefused() {
        Tensor hidden = server.hidden(1, 1, 1);
        assertThatThrownBy(() -> forward("tiny.0", call(), wire(hidden)))
                .hasMessageContaining("Remote peer does not serve tiny.0");
        assertThatThrownBy(() -> forward("other.1", call(), wire(hidden)))
                .hasMessageContaining("Remote peer does not serve other.1");
        assertThatThrownBy(() -> forward(uid(1, 4), call().opening("lora"), wire(hidden)))
                .hasMessageContaining("adapter lora not found");
        assertThatThrownBy(() -> forward(uid(1, 4), call(), wire(server.hidden(1, 1, 257))))
                .hasMessageContaining("Task size greater than max_batch_size (256), it can't be processed");
        assertThatThrownBy(() -> forward(uid(1, 4), call(), WireTensor.absent("int64")))
                .hasMessageContaining("hidden states");
        assertThatThrownBy(() -> server.forward.unary(context(CALLER), new byte[] {1, 2, 3}))
                .isInstanceOf(IOException.class);
    }

    @Test
    void infoTellsSchemasForServedBlocksOnly() throws Exception {
        byte[] bare = server.info.handle(context(CALLER), ExpertMessages.writeUid(""));
        assertThat(RpcInfo.read(ExpertMessages.readInfo(bare)).schema()).isNull();
        byte[] full = server.info.handle(context(CALLER), ExpertMessages.writeUid("tiny.2"));
        RpcInfo info = RpcInfo.read(ExpertMessages.readInfo(full));
        assertThat(info.schema()).isEqualTo(RpcInfo.Schema.of(HIDDEN, "float32", Compression.NONE));
        assertThat(info.version()).startsWith("2.3.0");
        assertThatThrownBy(() -> server.info.handle(context(CALLER), ExpertMessages.writeUid("tiny.5")))
                .hasMessageContaining("does not serve tiny.5");
    }
}
