package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.BackwardCall;
import corolla.model.block.BackwardRequest;
import corolla.model.block.StackAdapter;
import corolla.p2p.PeerId;
import corolla.server.ServerLimits;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.server.cache.CacheLease;
import corolla.swarm.Span;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of a chain's inputs, and of its deep prompts, from those of its outputs. Weights are frozen and nothing is kept
 * from the forward: it is computed again. Thread-safe.
 */
final class BackwardOperation implements BatchHandler.Operation {
    private final Backend backend;
    private final ServerLimits limits;
    private final Clock clock;
    private final CacheBudget memory;

    /** @param memory what all calls may hold at once */
    BackwardOperation(Backend backend, Clock clock, ServerLimits limits, CacheBudget memory) {
        this.backend = backend;
        this.clock = clock;
        this.limits = limits;
        this.memory = memory;
    }

    @Override
    public List<WireTensor> run(PeerId caller, BatchRequest request, @Nullable StackAdapter adapter, Deadline deadline)
            throws IOException, InterruptedException {
        WireTensor inputs = request.argument(0, "inputs");
        WireTensor gradient = request.argument(1, "gradients of outputs");
        WireTensor prompts = request.optional(2);
        RequestTensors.HiddenSize size = request.hiddenSize(inputs);
        if (!request.hiddenSize(gradient).equals(size)) {
            throw new RequestException("gradients " + gradient + " for inputs " + inputs);
        }
        Span span = consecutive(request);
        int hiddenSize = request.model().hiddenSize();
        if (prompts != null) {
            RequestTensors.checkPrompts(prompts, span.length(), size, hiddenSize, limits.promptBytesMax());
        }
        long bytes = BackwardCall.bytes(
                backend.blocks().config(), span.length(), size.batch(), Math.max(1, size.tokens()), adapter);
        try (CacheLease _ = memory.lease(caller, bytes, deadline.remaining(clock));
                Arena arena = Arena.ofShared()) {
            Tensor in = unpacked(inputs, arena);
            Tensor grad = unpacked(gradient, arena);
            Tensor added = prompts == null ? null : unpacked(prompts, arena);
            Tensor addedGrad = added == null
                    ? null
                    : Tensor.allocate(
                            arena,
                            DType.F32,
                            span.length(),
                            size.batch(),
                            added.shape().size(2),
                            hiddenSize);
            if (size.tokens() > 0) {
                backend.backward(
                        new BackwardRequest(span.start(), span.end(), in, grad, added, addedGrad, adapter), deadline);
            }
            return packed(request, grad, addedGrad);
        }
    }

    private static Span consecutive(BatchRequest request) throws RequestException {
        if (request.chain().runs().size() > 1) {
            throw new RequestException("gradients need consecutive blocks in order");
        }
        return request.chain().runs().getFirst();
    }

    private static Tensor unpacked(WireTensor wire, Arena arena) throws IOException {
        Tensor tensor = Tensor.allocate(arena, DType.F32, wire.sizes());
        TensorCodec.decodeFloats(wire, tensor.data());
        return tensor;
    }

    private static List<WireTensor> packed(BatchRequest request, Tensor gradient, @Nullable Tensor promptGradient)
            throws RequestException {
        DType type = request.model().wireType();
        int count = promptGradient == null ? 1 : 2;
        var outputs = new ArrayList<WireTensor>(count);
        outputs.add(TensorCodec.encode(gradient, type, request.outputCompression(0, count)));
        if (promptGradient != null) {
            outputs.add(TensorCodec.encode(promptGradient, type, request.outputCompression(1, count)));
        }
        return outputs;
    }
}
