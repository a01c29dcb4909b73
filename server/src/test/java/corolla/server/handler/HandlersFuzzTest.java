package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.ServerLimits;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged requests are answered or refused, and leave nothing behind. */
class HandlersFuzzTest {
    @TempDir
    Path folder;

    private interface Call {
        void run(byte[] request) throws IOException, InterruptedException;
    }

    @Test
    void damagedRequestsLeaveNothingBehind() throws Exception {
        try (TinyServer server = new TinyServer(folder, DType.F32, ServerLimits.defaults())) {
            int count = Integer.getInteger("corolla.fuzz.count", 2000);
            Tensor hidden = server.hidden(1, 2, 2);
            Tensor prompts = server.hidden(2, 3, 1).reshape(3, 1, 1, TinyServer.HIDDEN);
            WireTensor packed = TensorCodec.encode(hidden, DType.F32, Compression.UNIFORM_8BIT);
            byte[] forward = request(RequestMetadata.builder().opening(""), wire(hidden), wire(prompts));
            byte[] backward = request(RequestMetadata.builder().opening(""), wire(hidden), wire(hidden), wire(prompts));
            byte[] inference = request(
                    RequestMetadata.builder()
                            .maxLength(4)
                            .sessionId("s")
                            .stepId("t")
                            .opening("")
                            .argsStructure(ArgsStructure.flat(3))
                            .startFromPosition(0),
                    packed,
                    wire(prompts),
                    TensorCodec.encodeLongs(new long[] {1, 0}, 2));
            var random = new SplittableRandom(5);
            int refused = 0;
            for (int i = 0; i < count; i++) {
                refused += isRefused(damaged(forward, random), bytes -> server.forward.unary(context(CALLER), bytes));
                refused += isRefused(damaged(backward, random), bytes -> server.backward.unary(context(CALLER), bytes));
                refused += isRefused(damaged(inference, random), bytes -> infer(server, bytes));
                assertThat(server.cache.bytesFree()).isEqualTo(server.cache.bytesMax());
                assertThat(server.inference.sessions()).isZero();
            }
            assertThat(refused).isBetween(1, 3 * count - 1);
        }
    }

    private static byte[] request(RequestMetadata.Builder metadata, WireTensor... tensors) {
        return ExpertMessages.write(
                new ExpertRequest(uid(1, 4), List.of(tensors), metadata.build().write()));
    }

    private static void infer(TinyServer server, byte[] request) throws IOException, InterruptedException {
        var stream = new FakeStream(server.environment.clock()).send(request).end();
        server.inference.handle(context(CALLER), stream.source(), stream.sink());
    }

    private static int isRefused(byte[] request, Call call) throws InterruptedException {
        try {
            call.run(request);
            return 0;
        } catch (IOException refused) {
            return 1;
        }
    }

    /** Mostly near the beginning of fields, where sizes and names are. */
    private static byte[] damaged(byte[] original, SplittableRandom random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextBoolean() ? random.nextInt(Math.min(64, bytes.length)) : random.nextInt(bytes.length);
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, Math.max(1, at));
            } else {
                bytes[at] = (byte) random.nextInt(256);
            }
        }
        return bytes;
    }
}
