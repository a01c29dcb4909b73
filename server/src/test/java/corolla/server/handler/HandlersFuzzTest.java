package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.p2p.rpc.RpcSource;
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
import corolla.testkit.InlineScope;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged requests are answered or refused, leave nothing behind, and cost memory in proportion to what they bring. {@code
 * -Dcorolla.fuzz.count=N} says how many for each call.
 */
@Timeout(7200)
class HandlersFuzzTest {
    private static final int COUNT = Integer.getInteger("corolla.fuzz.count", 100);

    /** What a call may cost on its own thread, which computes here too: the views that the scalar kernels make are most of it. */
    private static final long ALLOCATED_MAX = 32L << 20;

    private static final int BLOCKS = 2;

    @TempDir
    Path folder;

    private interface Call {
        void run(byte[] request) throws IOException, InterruptedException;
    }

    /** A good request, and the handler that takes it. */
    private record Target(byte[] good, Call call) {}

    @Test
    void damagedRequestsLeaveNothingBehind() throws Exception {
        try (TinyServer server = new TinyServer(folder, DType.F32, ServerLimits.defaults())) {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            var mutations = new RequestMutations(5);
            for (Map.Entry<String, Target> target : targets(server).entrySet()) {
                int refused = 0;
                long allocatedMax = 0;
                long cpuNanos = threads.getCurrentThreadCpuTime();
                for (int i = 0; i < COUNT; i++) {
                    byte[] request = mutations.mutate(target.getValue().good());
                    long before = threads.getCurrentThreadAllocatedBytes();
                    refused += isRefused(request, target.getValue().call());
                    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                    allocatedMax = i < 100 ? 0 : Math.max(allocatedMax, allocated); // the first ones load classes
                    assertThat(server.cache.bytesFree()).isEqualTo(server.cache.bytesMax());
                    assertThat(server.inference.sessions()).isZero();
                }
                assertThat(refused).as(target.getKey()).isBetween(1, COUNT - 1);
                assertThat(allocatedMax)
                        .as("bytes that one request of %s cost", target.getKey())
                        .isLessThan(ALLOCATED_MAX);
                System.out.printf(
                        "%s: %d damaged requests, %d refused, the costliest allocated %d KiB, %d s of processor time%n",
                        target.getKey(),
                        COUNT,
                        refused,
                        allocatedMax >> 10,
                        (threads.getCurrentThreadCpuTime() - cpuNanos) / 1_000_000_000);
                target.getValue().call().run(target.getValue().good());
            }
        }
    }

    private static Map<String, Target> targets(TinyServer server) {
        Tensor hidden = server.hidden(1, 2, 1);
        WireTensor prompts = wire(server.hidden(2, BLOCKS, 1).reshape(BLOCKS, 1, 1, TinyServer.HIDDEN));
        RequestMetadata.Builder call = RequestMetadata.builder().opening("");
        byte[] forward = request(call.argsStructure(ArgsStructure.flat(2)), wire(hidden), prompts);
        byte[] backward = request(
                RequestMetadata.builder().opening("").argsStructure(ArgsStructure.flat(3)),
                wire(hidden),
                wire(hidden),
                prompts);
        byte[] inference = inference(hidden, prompts, "t");
        var targets = new LinkedHashMap<String, Target>();
        targets.put(
                "info",
                new Target(ExpertMessages.writeUid("tiny.1"), bytes -> server.info.handle(context(CALLER), bytes)));
        targets.put("forward", new Target(forward, bytes -> server.forward.unary(context(CALLER), bytes)));
        targets.put("forward_stream", new Target(forward, bytes -> streamed(server, server.forward, bytes)));
        targets.put("backward", new Target(backward, bytes -> server.backward.unary(context(CALLER), bytes)));
        targets.put("backward_stream", new Target(backward, bytes -> streamed(server, server.backward, bytes)));
        targets.put("inference", new Target(inference, bytes -> infer(server, bytes)));
        targets.put("push", new Target(inference, bytes -> push(server, bytes)));
        return targets;
    }

    /** Of few blocks and tokens: most of the time goes into their mathematics. */
    private static byte[] request(RequestMetadata.Builder metadata, WireTensor... tensors) {
        String uid = TinyServer.uid(1, 1 + BLOCKS);
        return ExpertMessages.write(
                new ExpertRequest(uid, List.of(tensors), metadata.build().write()));
    }

    private static byte[] inference(Tensor hidden, WireTensor prompts, String stepId) {
        return request(
                RequestMetadata.builder()
                        .maxLength(4)
                        .sessionId("s")
                        .stepId(stepId)
                        .opening("")
                        .argsStructure(ArgsStructure.flat(3))
                        .startFromPosition(0),
                TensorCodec.encode(hidden, DType.F32, Compression.UNIFORM_8BIT),
                prompts,
                TensorCodec.encodeLongs(new long[] {1, 0}, 2));
    }

    private static void infer(TinyServer server, byte[] request) throws IOException, InterruptedException {
        var stream = new FakeStream(server.environment.clock()).send(request).end();
        server.inference.handle(context(CALLER), stream.source(), stream.sink());
    }

    /** A session is open, and is still while the step is under way; which runs on this thread. */
    private static void push(TinyServer server, byte[] request) throws IOException, InterruptedException {
        var push = new PushHandler(
                server.model, server.inference, _ -> new InlineScope(), server.environment.clock(), server.limits);
        RpcSource client = new RpcSource() {
            private boolean opens = true;

            @Override
            public byte @Nullable [] receive(Deadline deadline) throws IOException {
                if (opens) {
                    opens = false;
                    return inference(server.hidden(1, 2, 0), WireTensor.absent("float32"), "opening");
                }
                push.handle(context(CALLER), request);
                return null;
            }
        };
        server.inference.handle(context(CALLER), client, new FakeStream(server.environment.clock()).sink());
    }

    private static void streamed(TinyServer server, BatchHandler handler, byte[] request)
            throws IOException, InterruptedException {
        var stream = new FakeStream(server.environment.clock()).send(request).end();
        handler.stream(context(CALLER), stream.source(), stream.sink());
    }

    private static int isRefused(byte[] request, Call call) throws InterruptedException {
        try {
            call.run(request);
            return 0;
        } catch (IOException refused) {
            return 1;
        }
    }
}
