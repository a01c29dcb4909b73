package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.rpc.RpcContext;
import corolla.server.ServerLimits;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * {@code rpc_push}: another server brings a step of one of our sessions, ahead of the client's own copy. A session that is
 * not open (any more) is ignored, since the client sends the step anyway. Thread-safe.
 */
final class PushHandler {
    private static final byte[] EMPTY = ExpertMessages.write(new ExpertResponse(List.of(), new byte[0]));

    private final ServedModel model;
    private final InferenceHandler inference;
    private final Clock clock;
    private final ServerLimits limits;

    PushHandler(ServedModel model, InferenceHandler inference, Clock clock, ServerLimits limits) {
        this.model = model;
        this.inference = inference;
        this.clock = clock;
        this.limits = limits;
    }

    byte[] handle(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        ExpertRequest request = ExpertMessages.readRequest(bytes);
        model.chain(request.uid());
        RequestMetadata metadata = RequestMetadata.read(request.metadata());
        if (metadata.sessionId() == null) {
            throw new RequestException("session_id is missing in a pushed step");
        }
        Optional<InferenceSession> session = inference.find(metadata.sessionId());
        if (session.isPresent()) {
            session.get().process(request, metadata, Deadline.after(clock, limits.requestTimeout()));
        }
        return EMPTY;
    }
}
