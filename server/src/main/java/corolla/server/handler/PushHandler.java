package corolla.server.handler;

import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.rpc.RpcContext;
import corolla.server.ServerLimits;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * {@code rpc_push}: another server brings a step of one of our sessions, ahead of the client's own copy. A session that is
 * not open (any more) is ignored, since the client sends the step anyway.
 *
 * <p>The call is answered at once, as stock servers do, and the step runs on a thread of its own: the server that brought it may die
 * meanwhile, and the end of its call must not end the step half way. Thread-safe.
 */
final class PushHandler implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PushHandler.class.getName());
    private static final byte[] EMPTY = ExpertMessages.write(new ExpertResponse(List.of(), new byte[0]));

    /** Pushed steps under way at once; each holds one step's input. */
    private static final int STEPS_MAX = 256;

    private final ServedModel model;
    private final InferenceHandler inference;
    private final Clock clock;
    private final ServerLimits limits;
    private final TaskScope scope;
    private final Semaphore places = new Semaphore(STEPS_MAX);

    PushHandler(ServedModel model, InferenceHandler inference, TaskScopes tasks, Clock clock, ServerLimits limits) {
        this.model = model;
        this.inference = inference;
        this.clock = clock;
        this.limits = limits;
        this.scope = tasks.open("pushed steps of " + model.prefix());
    }

    byte[] handle(RpcContext context, byte[] bytes) throws IOException {
        ExpertRequest request = ExpertMessages.readRequest(bytes);
        model.chain(request.uid());
        RequestMetadata metadata = RequestMetadata.read(request.metadata());
        if (metadata.sessionId() == null) {
            throw new RequestException("session_id is missing in a pushed step");
        }
        Optional<InferenceSession> session = inference.find(metadata.sessionId());
        if (session.isPresent() && places.tryAcquire()) {
            start(context, session.get(), request, metadata);
        }
        return EMPTY;
    }

    /** Pushed steps that run, or wait for their session. */
    int underWay() {
        return STEPS_MAX - places.availablePermits();
    }

    private void start(RpcContext from, InferenceSession session, ExpertRequest request, RequestMetadata metadata) {
        boolean started = false;
        try {
            scope.run("step from " + from.peer().shortForm(), () -> process(from, session, request, metadata));
            started = true;
        } finally {
            if (!started) {
                places.release();
            }
        }
    }

    private void process(RpcContext from, InferenceSession session, ExpertRequest request, RequestMetadata metadata)
            throws InterruptedException {
        try {
            session.process(request, metadata, Deadline.after(clock, limits.requestTimeout()));
        } catch (IOException failed) { // the client's copy gets the same answer, or the client is gone
            LOG.log(Level.DEBUG, "pushed step failed from={0}: {1}", from.peer().shortForm(), failed.getMessage());
        } finally {
            places.release();
        }
    }

    /** Gives up what is under way. */
    @Override
    public void close() {
        scope.close();
    }
}
