package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.server.ServerLimits;
import corolla.server.adapter.AdapterLease;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.server.cache.CacheLease;
import corolla.server.handler.InferenceSession.SessionOpening;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DeviceException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code rpc_inference}: a session a stream. Thread-safe. */
final class InferenceHandler {
    private static final System.Logger LOG = System.getLogger(InferenceHandler.class.getName());

    private final ServedModel model;
    private final Backend backend;
    private final CacheBudget cache;
    private final Clock clock;
    private final ServerLimits limits;
    private final PeerQuota open;
    private final StepPusher pusher;
    private final SessionTable sessions;

    /** @param pusher hands outputs to the next servers; borrowed */
    InferenceHandler(
            ServedModel model,
            Backend backend,
            CacheBudget cache,
            Clock clock,
            ServerLimits limits,
            StepPusher pusher) {
        this.pusher = pusher;
        this.model = model;
        this.backend = backend;
        this.cache = cache;
        this.clock = clock;
        this.limits = limits;
        this.sessions = new SessionTable(clock);
        this.open = new PeerQuota("sessions", limits.sessionsMax(), limits.sessionsPerPeerMax());
    }

    /** Serves one stream from its first message to its end. */
    void handle(RpcContext context, RpcSource requests, RpcSink responses) throws IOException, InterruptedException {
        sessions.enter();
        try (PeerQuota.Entry _ = open.enter(context.peer())) {
            Deadline sessionEnd = Deadline.after(clock, limits.sessionTimeout());
            ExpertRequest first = receive(requests, sessionEnd);
            if (first != null) {
                serve(context.peer(), first, requests, responses, sessionEnd);
            }
        } catch (InterruptedException e) {
            if (sessions.isClosed()) {
                throw new RequestException("Server is shutting down");
            }
            throw e;
        } finally {
            sessions.leave();
        }
    }

    /** The next message; null when the client has ended the session, has been silent for too long, or its time is over. */
    private @Nullable ExpertRequest receive(RpcSource requests, Deadline sessionEnd)
            throws IOException, InterruptedException {
        try {
            Deadline silence = Deadline.after(clock, limits.stepTimeout());
            byte[] bytes = requests.receive(silence.earlier(sessionEnd));
            if (bytes == null || bytes.length == 0) {
                return null;
            }
            ExpertRequest request = ExpertMessages.readRequest(bytes);
            return request.isClosing() ? null : request;
        } catch (DeadlineException silent) {
            LOG.log(Level.DEBUG, "session ended after a timeout: {0}", silent.getMessage());
            return null;
        }
    }

    private void serve(PeerId peer, ExpertRequest first, RpcSource requests, RpcSink responses, Deadline sessionEnd)
            throws IOException, InterruptedException {
        RequestMetadata metadata = RequestMetadata.read(first.metadata());
        SessionOpening opening = opening(first, metadata);
        try (ServedBlocks.Use use = model.blocks().enter(opening.span())) {
            try {
                serve(peer, opening, first, metadata, requests, responses, sessionEnd);
            } catch (InterruptedException e) {
                if (use.wasCut()) {
                    throw model.blocks().refusal("blocks " + opening.span());
                }
                throw e;
            }
        }
    }

    private void serve(
            PeerId peer,
            SessionOpening opening,
            ExpertRequest first,
            RequestMetadata opened,
            RpcSource requests,
            RpcSink responses,
            Deadline sessionEnd)
            throws IOException, InterruptedException {
        RequestMetadata metadata = opened;
        try (InferenceSession session = open(peer, opening, metadata, responses)) {
            register(opening, session);
            try {
                ExpertRequest request = first;
                while (request != null) {
                    Deadline stepEnd = Deadline.after(clock, limits.stepTimeout());
                    session.process(request, metadata, stepEnd);
                    request = receive(requests, sessionEnd);
                    metadata = request == null ? metadata : RequestMetadata.read(request.metadata());
                }
            } finally {
                unregister(opening, session);
            }
        }
    }

    private InferenceSession open(PeerId peer, SessionOpening opening, RequestMetadata metadata, RpcSink responses)
            throws IOException, InterruptedException {
        long tokens = Math.multiplyExact((long) opening.batch() * opening.lengthMax(), (long)
                opening.span().length());
        long bytes = Math.multiplyExact(tokens, model.cacheBytesPerToken());
        AdapterLease adapter = ActiveAdapter.lease(backend.adapters(), metadata);
        CacheLease lease = null;
        boolean opened = false;
        try {
            lease = cache.lease(peer, bytes, allocTimeout(metadata));
            var session =
                    new InferenceSession(model, backend, clock, limits, opening, lease, adapter, responses, pusher);
            opened = true;
            return session;
        } catch (OutOfMemoryError tooLittle) {
            LOG.log(Level.ERROR, "the cache budget exceeds this machine''s memory: {0} bytes did not fit", bytes);
            throw new RequestException("Could not allocate " + bytes + " bytes: the server is out of memory");
        } catch (DeviceException failure) {
            throw backend.failed(failure);
        } finally {
            if (!opened) {
                adapter.close();
            }
            if (!opened && lease != null) {
                lease.close();
            }
        }
    }

    private Duration allocTimeout(RequestMetadata metadata) {
        double seconds = Math.min(
                metadata.allocTimeoutSeconds(), limits.allocTimeoutMax().toMillis() / 1000.0);
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    private SessionOpening opening(ExpertRequest first, RequestMetadata metadata) throws IOException {
        ChainedUid chain = model.chain(first.uid());
        Span span = chain.span()
                .orElseThrow(() -> new RequestException(
                        "inference needs consecutive blocks in order, not " + chain.length() + " others"));
        ArgsStructure given = metadata.argsStructure();
        ArgsStructure structure =
                given == null ? ArgsStructure.flat(first.tensors().size()) : given;
        WireTensor hidden = structure
                .argument(first.tensors(), 0)
                .orElseThrow(() -> new RequestException("an inference session without hidden states"));
        int batch = RequestTensors.hiddenSize(hidden, model.hiddenSize()).batch();
        if (batch > limits.sessionBatchMax()) {
            throw new RequestException("a session of " + batch + " sequences exceeds " + limits.sessionBatchMax());
        }
        return new SessionOpening(
                span, batch, lengthMax(metadata), structure, metadata.sessionId(), metadata.wantsDrainNotices());
    }

    private int lengthMax(RequestMetadata metadata) throws RequestException {
        Long length = metadata.maxLength();
        if (length == null) {
            throw new RequestException("max_length is missing in the first message of a session");
        }
        if (length < 0 || length > model.inferenceLengthMax()) {
            throw new RequestException(
                    "Cannot allocate KV cache for " + length + " tokens, max = " + model.inferenceLengthMax());
        }
        return length.intValue();
    }

    private void register(SessionOpening opening, InferenceSession session) throws RequestException {
        if (opening.id() != null) {
            sessions.add(opening.id(), session);
        }
    }

    private void unregister(SessionOpening opening, InferenceSession session) {
        if (opening.id() != null) {
            sessions.remove(opening.id(), session);
        }
    }

    /** The session with this id, for pushes. */
    Optional<InferenceSession> find(String sessionId) {
        return sessions.find(sessionId);
    }

    /** Ends all sessions; their clients get an error and go elsewhere. Returns whether all have ended in time. */
    boolean close(Deadline deadline) throws InterruptedException {
        return sessions.close(deadline);
    }

    /** Open sessions. */
    int sessions() {
        return open.total();
    }
}
