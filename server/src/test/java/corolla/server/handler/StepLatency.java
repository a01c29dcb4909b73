package corolla.server.handler;

import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;

import corolla.base.compute.InlineTeam;
import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.server.ServerLimits;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Measures one step of a session on the golden llama's three blocks, from the request's bytes to the answer's bytes:
 * everything that a server adds to the network. Run its main.
 */
final class StepLatency implements RpcSource, RpcSink {
    private static final int WARM_UP = 30_000;
    private static final int STEPS = 20_000;

    private final Clock clock;
    private final byte[][] requests;
    private final long[] nanos = new long[WARM_UP + STEPS];
    private long start;
    private int next;

    private StepLatency(TinyServer server) {
        this.clock = server.environment.clock();
        Tensor token = server.hidden(1, 1, 1);
        this.requests = new byte[nanos.length][];
        for (int i = 0; i < requests.length; i++) {
            requests[i] = request(i, token);
        }
    }

    /** As a stock client sends it: the position goes back to 0 now and then. */
    private static byte[] request(int i, Tensor token) {
        RequestMetadata.Builder metadata = RequestMetadata.builder()
                .sessionId("f1c3de8a-6b4c-4c0e-9a64-2f9f4a2d1b11")
                .stepId(new UUID(7, i).toString())
                .argsStructure(ArgsStructure.flat(3))
                .startFromPosition(i % 32);
        if (i == 0) {
            metadata.maxLength(100).opening("");
        }
        List<WireTensor> tensors = List.of(wire(token), WireTensor.absent("float32"), WireTensor.absent("int64"));
        return ExpertMessages.write(
                new ExpertRequest(uid(1, 4), tensors, metadata.build().write()));
    }

    @Override
    public byte @Nullable [] receive(Deadline deadline) {
        if (next == requests.length) {
            return null;
        }
        start = clock.nanoTime();
        return requests[next];
    }

    @Override
    public void send(byte[] message, Deadline deadline) {
        nanos[next++] = clock.nanoTime() - start;
    }

    public static void main(String... args) throws Exception {
        Path folder = Files.createTempDirectory("step-latency");
        ServerLimits limits = ServerLimits.defaults()
                .with(all -> all.stepTimeout(Duration.ofHours(1))
                        .sessionTimeout(Duration.ofHours(1))
                        .allocTimeoutMax(Duration.ZERO));
        try (TinyServer server = new TinyServer(folder, DType.F32, limits, Kernels.best(KernelsOptions.defaults()))) {
            StepLatency latency = new StepLatency(server);
            Thread.ofVirtual().start(() -> latency.run(server)).join();
            print("whole step", latency.nanos);
            Thread.ofVirtual()
                    .start(() -> latency.compute(server, server.environment.team()))
                    .join();
            print("blocks alone, handed to the team", latency.nanos);
            latency.compute(server, new InlineTeam());
            print("blocks alone, on one thread", latency.nanos);
        }
    }

    private static void print(String what, long[] nanos) {
        long[] sorted = Arrays.copyOfRange(nanos, WARM_UP, nanos.length);
        Arrays.sort(sorted);
        System.out.printf(
                "%s: p50 %.1f us, p90 %.1f us, p99 %.1f us%n",
                what, sorted[STEPS / 2] / 1e3, sorted[STEPS * 9 / 10] / 1e3, sorted[STEPS * 99 / 100] / 1e3);
    }

    private void compute(TinyServer server, Team team) {
        Tensor token = server.hidden(1, 1, 1);
        try (KvCache cache = server.backend.blocks().allocateCache(1, 100)) {
            for (int i = 0; i < nanos.length; i++) {
                cache.truncate(Math.min(cache.position(), i % 32));
                start = clock.nanoTime();
                server.backend.blocks().forward(team, token, Part.next(cache, 1), 1, 4, server.soon());
                nanos[i] = clock.nanoTime() - start;
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void run(TinyServer server) {
        try {
            server.inference.handle(TinyServer.context(TinyServer.CALLER), this, this);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
