package corolla.server.handler;

import corolla.base.Environment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.server.ServerLimits;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import corolla.swarm.protocol.ServiceNames;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;

/** All calls of a server, from registration to removal. Thread-safe. */
public final class Handlers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Handlers.class.getName());

    /** A session notices an interruption at once, unless it computes: then after its turn. */
    private static final Duration SESSIONS_END = Duration.ofSeconds(30);

    private static final List<String> NAMES = List.of(
            ServiceNames.INFO,
            ServiceNames.FORWARD,
            ServiceNames.FORWARD_STREAM,
            ServiceNames.BACKWARD,
            ServiceNames.BACKWARD_STREAM,
            ServiceNames.INFERENCE,
            ServiceNames.PUSH);

    private final Rpc rpc;
    private final InferenceHandler inference;
    private final RpcPusher pusher;
    private final PushHandler pushed;
    private final Clock clock;

    private Handlers(Rpc rpc, InferenceHandler inference, RpcPusher pusher, PushHandler pushed, Clock clock) {
        this.pusher = pusher;
        this.pushed = pushed;
        this.rpc = rpc;
        this.clock = clock;
        this.inference = inference;
    }

    /**
     * Starts to answer. Everything is borrowed.
     *
     * @param self our own peer id
     * @param relayed whether our DHT node only asks
     */
    public static Handlers register(
            Environment environment,
            Rpc rpc,
            PeerId self,
            ServedModel model,
            Backend backend,
            CacheBudget cache,
            ServerLimits limits,
            boolean relayed) {
        Clock clock = environment.clock();
        var pusher = new RpcPusher(rpc, self, environment.tasks(), clock, limits, model.prefix());
        var info = new InfoHandler(model, cache, relayed);
        var calls = new PeerQuota("calls", limits.callsMax(), limits.callsPerPeerMax());
        var forward = new BatchHandler(model, clock, limits, calls, new ForwardOperation(backend, limits));
        var backward = new BatchHandler(model, clock, limits, calls, new BackwardOperation(backend, clock, limits));
        var inference = new InferenceHandler(model, backend, cache, clock, limits, pusher);
        var push = new PushHandler(model, inference, environment.tasks(), clock, limits);
        rpc.handleUnary(ServiceNames.INFO, info::handle);
        rpc.handleUnary(ServiceNames.FORWARD, forward::unary);
        rpc.handleStream(ServiceNames.FORWARD_STREAM, forward::stream);
        rpc.handleUnary(ServiceNames.BACKWARD, backward::unary);
        rpc.handleStream(ServiceNames.BACKWARD_STREAM, backward::stream);
        rpc.handleStream(ServiceNames.INFERENCE, inference::handle);
        rpc.handleUnary(ServiceNames.PUSH, push::handle);
        return new Handlers(rpc, inference, pusher, push, clock);
    }

    /** Open inference sessions. */
    public int sessions() {
        return inference.sessions();
    }

    /** Answers no new calls and ends the sessions. Forward calls in progress go on. */
    @Override
    public void close() {
        NAMES.forEach(rpc::remove);
        pusher.close();
        pushed.close();
        try {
            if (!inference.close(Deadline.after(clock, SESSIONS_END))) {
                LOG.log(Level.WARNING, "{0} sessions have not ended in {1}", inference.sessions(), SESSIONS_END);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
