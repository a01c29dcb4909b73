package corolla.server.handler;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.time.Deadline;
import corolla.model.LocalModel;
import corolla.model.block.BlockStack;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.server.ServerLimits;
import corolla.server.adapter.AdapterLimits;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** The golden llama's blocks 1 to 4 behind the handlers, without a network, and the whole model beside them. */
final class TinyServer implements AutoCloseable {
    static final String PREFIX = "tiny";
    static final Span SPAN = new Span(1, 4);
    static final int HIDDEN = 64;
    static final int CACHE_TOKENS = 128;
    static final PeerId CALLER = peer(1);

    final RealEnvironment real = RealEnvironment.create(1);
    final Environment environment = inline(real.environment());
    final Arena arena = Arena.ofShared();
    final Kernels kernels;
    final LocalModel local;
    final Backend backend;
    final CacheBudget cache;
    final ServedModel model;
    final ServerLimits limits;
    final InfoHandler info;
    final BatchHandler forward;
    final BatchHandler backward;
    final InferenceHandler inference;
    final PushHandler push;

    TinyServer(Path folder, DType wireType, ServerLimits limits) throws IOException {
        this(folder, wireType, limits, new ScalarKernels());
    }

    /** @param kernels adopted */
    TinyServer(Path folder, DType wireType, ServerLimits limits, Kernels kernels) throws IOException {
        this.limits = limits;
        this.kernels = kernels;
        Path files = GoldenModels.unpack("llama", folder);
        try (Checkpoint checkpoint = Checkpoint.open(files)) {
            local = LocalModel.load(checkpoint, WeightsType.F32, kernels, environment.team());
            BlockStack loaded = BlockStack.load(checkpoint, SPAN.start(), SPAN.end(), WeightsType.F32, kernels);
            backend = new Backend(
                    loaded,
                    environment.team(),
                    environment.clock(),
                    limits.turnRowsMax(),
                    limits.stepsWaitingMax(),
                    AdapterLimits.defaults());
        }
        long perToken = backend.blocks().cacheBytesPerToken();
        long bytes = perToken * CACHE_TOKENS * SPAN.length();
        cache = new CacheBudget(
                "attention cache", environment.clock(), bytes, bytes / 100 * limits.cachePerPeerPercent(), 16);
        var blocks = new ServedBlocks(environment.clock());
        blocks.open(SPAN);
        model = new ServedModel(PREFIX, blocks, HIDDEN, wireType, Compression.NONE, 100, 256, perToken);
        info = new InfoHandler(model, cache, backend.adapters(), false);
        var calls = new PeerQuota("calls", limits.callsMax(), limits.callsPerPeerMax());
        var memory = new CacheBudget(
                "memory for calls", environment.clock(), limits.backwardBytesMax(), limits.backwardBytesMax(), 16);
        var arriving = new RequestMemory(limits.requestBytesMax());
        forward = new BatchHandler(
                model,
                backend.adapters(),
                environment.clock(),
                limits,
                calls,
                arriving,
                new ForwardOperation(backend, environment.clock(), limits, memory));
        backward = new BatchHandler(
                model,
                backend.adapters(),
                environment.clock(),
                limits,
                calls,
                arriving,
                new BackwardOperation(backend, environment.clock(), limits, memory));
        inference = new InferenceHandler(
                model, backend, cache, environment.clock(), limits, (step, metadata, index, output) -> {});
        push = new PushHandler(model, inference, environment.tasks(), environment.clock(), limits);
    }

    /** Blocks this small are faster on the caller's thread than handed to another. */
    private static Environment inline(Environment real) {
        return new Environment(real.clock(), real.randoms(), real.tasks(), real.transport(), new InlineTeam());
    }

    static PeerId peer(int seed) {
        byte[] message = {8, 1, 18, 32, (byte) seed};
        return PeerId.ofPublicKeyMessage(message);
    }

    static RpcContext context(PeerId peer) {
        return new RpcContext() {
            @Override
            public PeerId peer() {
                return peer;
            }

            @Override
            public String name() {
                return "test";
            }

            @Override
            public boolean cancelled() {
                return false;
            }
        };
    }

    Deadline soon() {
        return Deadline.after(environment.clock(), Duration.ofSeconds(30));
    }

    static String uid(int start, int end) {
        return ChainedUid.of(PREFIX, new Span(start, end)).toString();
    }

    /** Hidden states from a seed. */
    Tensor hidden(int seed, int batch, int tokens) {
        var random = new Random(seed);
        float[] values = new float[batch * tokens * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(arena, values, batch, tokens, HIDDEN);
    }

    static WireTensor wire(Tensor values) {
        return TensorCodec.encode(values, DType.F32, Compression.NONE);
    }

    /** What the whole model makes of hidden states in one pass. */
    float[] expected(Tensor hidden, int start, int end) throws IOException, InterruptedException {
        Tensor copy = Tensor.allocate(arena, DType.F32, hidden.shape().toArray());
        copy.copyFrom(hidden);
        local.forward(copy, start, end, soon());
        return copy.toFloats();
    }

    @Override
    public void close() {
        backend.close();
        local.close();
        kernels.close();
        arena.close();
        real.close();
    }
}
