package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.StackAdapter;
import corolla.p2p.PeerId;
import corolla.server.ServerLimits;
import corolla.server.backend.Additions;
import corolla.server.backend.Backend;
import corolla.server.backend.Prompts;
import corolla.server.cache.CacheBudget;
import corolla.server.cache.CacheLease;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hidden states through a chain of blocks; nothing is kept. Thread-safe. */
final class ForwardOperation implements BatchHandler.Operation {
    private final Backend backend;
    private final Clock clock;
    private final ServerLimits limits;
    private final CacheBudget memory;

    /** @param memory what all calls may hold at once */
    ForwardOperation(Backend backend, Clock clock, ServerLimits limits, CacheBudget memory) {
        this.backend = backend;
        this.clock = clock;
        this.limits = limits;
        this.memory = memory;
    }

    @Override
    public List<WireTensor> run(PeerId caller, BatchRequest request, @Nullable StackAdapter adapter, Deadline deadline)
            throws IOException, InterruptedException {
        ServedModel model = request.model();
        Compression compression = request.outputCompression(0, 1);
        WireTensor hidden = request.argument(0, "hidden states");
        RequestTensors.HiddenSize size = request.hiddenSize(hidden);
        WireTensor prompts = request.optional(1);
        if (prompts != null) {
            RequestTensors.checkPrompts(
                    prompts, request.chain().length(), size, model.hiddenSize(), limits.promptBytesMax());
        }
        long elements = hidden.elements() + (prompts == null ? 0 : prompts.elements());
        try (CacheLease _ = memory.lease(caller, elements * Float.BYTES, deadline.remaining(clock));
                Arena arena = Arena.ofShared()) {
            Tensor values = Tensor.allocate(arena, DType.F32, size.batch(), size.tokens(), model.hiddenSize());
            TensorCodec.decodeFloats(hidden, values.data());
            Prompts added = prompts == null ? null : RequestTensors.prompts(prompts, arena);
            if (size.tokens() > 0) {
                backend.forward(values, request.chain(), new Additions(added, adapter), deadline);
            }
            return List.of(TensorCodec.encode(values, model.wireType(), compression));
        }
    }
}
