package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.StackAdapter;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.server.ServerLimits;
import corolla.server.adapter.AdapterLease;
import corolla.server.adapter.AdapterTable;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.SwarmLimits;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unary and the streamed form of {@code rpc_forward} or {@code rpc_backward}: whole tensors in, whole tensors out.
 * Thread-safe.
 */
final class BatchHandler {
    private final ServedModel model;
    private final AdapterTable adapters;
    private final Clock clock;
    private final ServerLimits limits;
    private final PeerQuota calls;
    private final RequestMemory arriving;
    private final Operation operation;

    /** What is computed. Thread-safe. */
    interface Operation {
        /** @param adapter of our blocks, kept in memory for the call; or null */
        List<WireTensor> run(PeerId caller, BatchRequest request, @Nullable StackAdapter adapter, Deadline deadline)
                throws IOException, InterruptedException;
    }

    /**
     * @param adapters those of our blocks; borrowed
     * @param calls shared by all handlers whose calls count together
     * @param arriving shared likewise
     */
    BatchHandler(
            ServedModel model,
            AdapterTable adapters,
            Clock clock,
            ServerLimits limits,
            PeerQuota calls,
            RequestMemory arriving,
            Operation operation) {
        this.arriving = arriving;
        this.model = model;
        this.adapters = adapters;
        this.clock = clock;
        this.limits = limits;
        this.calls = calls;
        this.operation = operation;
    }

    byte[] unary(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.requestTimeout());
        ExpertRequest request = ExpertMessages.readRequest(bytes);
        try (AdapterLease adapter = lease(request)) {
            List<WireTensor> outputs = run(context.peer(), request, request.tensors(), adapter, deadline);
            return ExpertMessages.write(new ExpertResponse(outputs, new byte[0]));
        }
    }

    void stream(RpcContext context, RpcSource requests, RpcSink responses) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.requestTimeout());
        byte[] message = requests.receive(deadline);
        if (message == null) {
            throw new RequestException("a streamed request without a message");
        }
        ExpertRequest first = ExpertMessages.readRequest(message);
        // What is asked for is looked at before the rest is waited for, and stays until all is answered.
        try (AdapterLease adapter = lease(first);
                RequestMemory.Share share = arriving.open()) {
            List<WireTensor> tensors = receive(first, requests, share, deadline);
            for (WireTensor output : run(context.peer(), first, tensors, adapter, deadline)) {
                for (WireTensor piece : TensorPieces.split(output, SwarmLimits.PIECE_BYTES_MAX)) {
                    responses.send(ExpertMessages.write(ExpertResponse.of(piece)), deadline);
                }
            }
        }
    }

    /** All tensors of a request, whose first message has come. */
    private List<WireTensor> receive(
            ExpertRequest first, RpcSource requests, RequestMemory.Share share, Deadline deadline)
            throws IOException, InterruptedException {
        var pieces = new TensorPieces(limits.requestBytesMax(), SwarmLimits.TENSORS_MAX);
        ExpertRequest request = first;
        while (request != null) {
            if (!request.uid().equals(first.uid())) {
                throw new RequestException("Block uids differ in one request");
            }
            for (WireTensor piece : request.tensors()) {
                share.add(piece.byteCount());
                pieces.add(piece);
            }
            byte[] next = requests.receive(deadline);
            request = next == null ? null : ExpertMessages.readRequest(next);
        }
        return pieces.finish();
    }

    private AdapterLease lease(ExpertRequest first) throws IOException {
        model.chain(first.uid());
        return ActiveAdapter.lease(adapters, RequestMetadata.read(first.metadata()));
    }

    private List<WireTensor> run(
            PeerId peer, ExpertRequest first, List<WireTensor> tensors, AdapterLease adapter, Deadline deadline)
            throws IOException, InterruptedException {
        BatchRequest request = BatchRequest.of(model, first, tensors);
        try (PeerQuota.Entry _ = calls.enter(peer);
                ServedBlocks.Use use = model.blocks().enter(request.chain().hull())) {
            return run(peer, request, adapter, use, deadline);
        }
    }

    private List<WireTensor> run(
            PeerId peer, BatchRequest request, AdapterLease adapter, ServedBlocks.Use use, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            return operation.run(peer, request, adapter.adapter(), deadline);
        } catch (InterruptedException e) {
            if (use.wasCut()) {
                throw model.blocks().refusal("blocks " + request.chain().hull());
            }
            throw e;
        }
    }
}
