package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.server.ServerLimits;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.SwarmLimits;
import java.io.IOException;
import java.util.List;

/**
 * The unary and the streamed form of {@code rpc_forward} or {@code rpc_backward}: whole tensors in, whole tensors out.
 * Thread-safe.
 */
final class BatchHandler {
    private final ServedModel model;
    private final Clock clock;
    private final ServerLimits limits;
    private final PeerQuota calls;
    private final RequestMemory arriving;
    private final Operation operation;

    /** What is computed. Thread-safe. */
    interface Operation {
        List<WireTensor> run(PeerId caller, BatchRequest request, Deadline deadline)
                throws IOException, InterruptedException;
    }

    /**
     * @param calls shared by all handlers whose calls count together
     * @param arriving shared likewise
     */
    BatchHandler(
            ServedModel model,
            Clock clock,
            ServerLimits limits,
            PeerQuota calls,
            RequestMemory arriving,
            Operation operation) {
        this.arriving = arriving;
        this.model = model;
        this.clock = clock;
        this.limits = limits;
        this.calls = calls;
        this.operation = operation;
    }

    byte[] unary(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.requestTimeout());
        ExpertRequest request = ExpertMessages.readRequest(bytes);
        List<WireTensor> outputs = run(context.peer(), request, request.tensors(), deadline);
        return ExpertMessages.write(new ExpertResponse(outputs, new byte[0]));
    }

    void stream(RpcContext context, RpcSource requests, RpcSink responses) throws IOException, InterruptedException {
        try (RequestMemory.Share share = arriving.open()) {
            stream(context, requests, responses, share);
        }
    }

    private void stream(RpcContext context, RpcSource requests, RpcSink responses, RequestMemory.Share share)
            throws IOException, InterruptedException {
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
                share.add(piece.byteCount());
                pieces.add(piece);
            }
        }
        if (first == null) {
            throw new RequestException("a streamed request without a message");
        }
        for (WireTensor output : run(context.peer(), first, pieces.finish(), deadline)) {
            for (WireTensor piece : TensorPieces.split(output, SwarmLimits.PIECE_BYTES_MAX)) {
                responses.send(ExpertMessages.write(ExpertResponse.of(piece)), deadline);
            }
        }
    }

    private List<WireTensor> run(PeerId peer, ExpertRequest first, List<WireTensor> tensors, Deadline deadline)
            throws IOException, InterruptedException {
        BatchRequest request = BatchRequest.of(model, first, tensors);
        try (PeerQuota.Entry _ = calls.enter(peer);
                ServedBlocks.Use use = model.blocks().enter(request.chain().hull())) {
            return run(peer, request, use, deadline);
        }
    }

    private List<WireTensor> run(PeerId peer, BatchRequest request, ServedBlocks.Use use, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            return operation.run(peer, request, deadline);
        } catch (InterruptedException e) {
            if (use.wasCut()) {
                throw model.blocks().refusal("blocks " + request.chain().hull());
            }
            throw e;
        }
    }
}
