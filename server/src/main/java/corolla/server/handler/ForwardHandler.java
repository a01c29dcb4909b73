package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.server.ServerLimits;
import corolla.server.backend.Backend;
import corolla.server.backend.Chain;
import corolla.server.backend.Prompts;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.SwarmLimits;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/** {@code rpc_forward} and {@code rpc_forward_stream}: sequences through a chain of blocks, nothing kept. Thread-safe. */
final class ForwardHandler {
    private final ServedModel model;
    private final Backend backend;
    private final Clock clock;
    private final ServerLimits limits;
    private final PeerQuota calls;

    ForwardHandler(ServedModel model, Backend backend, Clock clock, ServerLimits limits) {
        this.model = model;
        this.backend = backend;
        this.clock = clock;
        this.limits = limits;
        this.calls = new PeerQuota("calls", limits.callsMax(), limits.callsPerPeerMax());
    }

    byte[] unary(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.requestTimeout());
        ExpertRequest request = ExpertMessages.readRequest(bytes);
        WireTensor output = run(context.peer(), request, request.tensors(), deadline);
        return ExpertMessages.write(ExpertResponse.of(output));
    }

    void stream(RpcContext context, RpcSource requests, RpcSink responses) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.requestTimeout());
        var pieces = new TensorPieces(limits.requestBytesMax(), SwarmLimits.TENSORS_MAX);
        ExpertRequest first = null;
        for (byte[] bytes; (bytes = requests.receive(deadline)) != null; ) {
            ExpertRequest request = ExpertMessages.readRequest(bytes);
            first = first == null ? request : first;
            if (!request.uid().equals(first.uid())) {
                throw new RequestException("Block uids differ in one request");
            }
            for (WireTensor piece : request.tensors()) {
                pieces.add(piece);
            }
        }
        if (first == null) {
            throw new RequestException("a streamed request without a message");
        }
        WireTensor output = run(context.peer(), first, pieces.finish(), deadline);
        for (WireTensor piece : TensorPieces.split(output, SwarmLimits.PIECE_BYTES_MAX)) {
            responses.send(ExpertMessages.write(ExpertResponse.of(piece)), deadline);
        }
    }

    private WireTensor run(PeerId peer, ExpertRequest request, List<WireTensor> tensors, Deadline deadline)
            throws IOException, InterruptedException {
        RequestMetadata metadata = RequestMetadata.read(request.metadata());
        Chain chain = Chain.of(model.chain(request.uid()));
        checkAdapter(metadata);
        Compression compression = outputCompression(metadata);
        ArgsStructure structure = metadata.argsStructure();
        ArgsStructure args = structure == null ? ArgsStructure.flat(tensors.size()) : structure;
        WireTensor hidden = args.argument(tensors, 0)
                .orElseThrow(() -> new RequestException("a forward request without hidden states"));
        RequestTensors.HiddenSize size = RequestTensors.hiddenSize(hidden, model.hiddenSize());
        if (size.rows() > model.batchTokensMax()) {
            throw new RequestException(
                    "Task size greater than max_batch_size (" + model.batchTokensMax() + "), it can't be processed");
        }
        WireTensor prompts =
                args.argument(tensors, 1).filter(each -> !each.isAbsent()).orElse(null);
        if (prompts != null) {
            RequestTensors.checkPrompts(prompts, chain.length(), size, model.hiddenSize(), limits.promptBytesMax());
        }
        try (PeerQuota.Entry _ = calls.enter(peer);
                Arena arena = Arena.ofShared()) {
            Tensor values = Tensor.allocate(arena, DType.F32, size.batch(), size.tokens(), model.hiddenSize());
            TensorCodec.decodeFloats(hidden, values.data());
            Prompts added = prompts == null ? null : RequestTensors.prompts(prompts, arena);
            if (size.tokens() > 0) {
                backend.forward(values, chain, added, deadline);
            }
            return TensorCodec.encode(values, model.wireType(), compression);
        }
    }

    static void checkAdapter(RequestMetadata metadata) throws RequestException {
        if (!metadata.activeAdapter().isEmpty()) {
            throw new RequestException("adapter " + metadata.activeAdapter() + " not found");
        }
    }

    private Compression outputCompression(RequestMetadata metadata) throws RequestException {
        List<Compression> wanted = metadata.outputCompression();
        if (wanted == null) {
            return model.compression();
        }
        if (wanted.size() != 1) {
            throw new RequestException("output_compression has " + wanted.size() + " entries for 1 tensor");
        }
        Compression compression = wanted.getFirst();
        if (!TensorCodec.canEncode(model.wireType(), compression)) {
            throw new RequestException("compression " + compression + " does not support "
                    + model.wireType().torchName() + " tensors");
        }
        return compression;
    }
}
