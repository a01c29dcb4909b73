package corolla.client;

import corolla.base.Environment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.client.forward.ForwardChain;
import corolla.client.forward.ForwardConfig;
import corolla.client.forward.Tape;
import corolla.client.routing.Hop;
import corolla.client.routing.Pinger;
import corolla.client.routing.RouteExplanation;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Router;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.InferenceSession;
import corolla.client.session.ServerCalls;
import corolla.client.session.SessionConfig;
import corolla.client.session.SessionSpec;
import corolla.dht.DhtNode;
import corolla.model.BackwardExecutor;
import corolla.model.BlockExecutor;
import corolla.model.block.BackwardRequest;
import corolla.p2p.rpc.Rpc;
import corolla.swarm.BlockUid;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.directory.Directory;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a model, run by a swarm. Everything that a {@link corolla.model.LocalModel} can do with its blocks, this can do with theirs;
 * the ends stay with the caller ({@link corolla.model.Ends}, put together by {@link ModelSession}). Thread-safe; the owner closes it after
 * its sessions.
 */
public final class RemoteModel implements BackwardExecutor, AutoCloseable {
    private final Environment environment;
    private final Router router;
    private final ServerCalls calls;
    private final SessionConfig sessionConfig;
    private final ForwardConfig forwardConfig;
    private final ForwardChain forwards;
    private final RemoteSpec spec;
    private final String adapter;
    private final boolean ownsRouter;

    /**
     * Which model.
     *
     * @param prefix its DHT prefix
     * @param blockCount how many blocks it has
     * @param hiddenSize width of its hidden states
     */
    public record RemoteSpec(String prefix, int blockCount, int hiddenSize) {
        public RemoteSpec {
            BlockUid.checkPrefix(prefix);
            if (blockCount < 1 || hiddenSize < 1) {
                throw new IllegalArgumentException("a model of " + blockCount + " blocks of " + hiddenSize);
            }
        }

        Span blocks() {
            return new Span(0, blockCount);
        }
    }

    private RemoteModel(
            Environment environment,
            Router router,
            ServerCalls calls,
            SessionConfig sessionConfig,
            ForwardConfig forwardConfig,
            RemoteSpec spec,
            String adapter,
            boolean ownsRouter) {
        this.environment = environment;
        this.router = router;
        this.calls = calls;
        this.sessionConfig = sessionConfig;
        this.forwardConfig = forwardConfig;
        this.spec = spec;
        this.adapter = adapter;
        this.ownsRouter = ownsRouter;
        this.forwards = new ForwardChain(
                environment, router.spreading(), calls, sessionConfig, forwardConfig, spec.prefix(), adapter);
    }

    /** Starts to look for servers; the first use waits until they are known. {@code rpc} and {@code dht} are borrowed. */
    public static RemoteModel start(
            Environment environment,
            Rpc rpc,
            DhtNode dht,
            RemoteSpec spec,
            RoutingConfig routing,
            SessionConfig sessions) {
        return start(environment, rpc, dht, spec, routing, sessions, ForwardConfig.defaults());
    }

    /** As above, with other ways to send batches. */
    public static RemoteModel start(
            Environment environment,
            Rpc rpc,
            DhtNode dht,
            RemoteSpec spec,
            RoutingConfig routing,
            SessionConfig sessions,
            ForwardConfig forwards) {
        var directory = new Directory(dht, spec.prefix());
        Pinger pinger = pinger(environment.clock(), rpc, dht);
        Router router = Router.start(environment, deadline -> directory.read(spec.blocks(), deadline), pinger, routing);
        ServerCalls calls = ServerCalls.over(rpc, pinger);
        return new RemoteModel(environment, router, calls, sessions, forwards, spec, "", true);
    }

    /**
     * Router and sessions pace themselves: a server that comes back must not be left alone by the host as well, nor be waited for on a
     * connection that is slower to come back than the link.
     */
    private static Pinger pinger(Clock clock, Rpc rpc, DhtNode dht) {
        return (peer, deadline) -> {
            rpc.retry(peer);
            long start = clock.nanoTime();
            try {
                return dht.ping(peer, deadline);
            } catch (DeadlineException silent) {
                rpc.doubt(peer, Duration.ofNanos(clock.nanoTime() - start));
                throw silent;
            }
        };
    }

    /**
     * The same model with a LoRA adapter: its sessions, forwards and backwards use only servers that announce it, and ask them for it.
     * Several adapters may be in use at once, one for each view.
     *
     * @param name as servers announce it; empty for the plain model
     * @return a view that shares everything with this model and must not be used after it is closed; closing the view itself does nothing
     */
    public RemoteModel adapted(String name) {
        return new RemoteModel(environment, router, calls, sessionConfig, forwardConfig, spec, name, false);
    }

    /** The LoRA adapter that blocks run with; empty for the plain model. */
    public String adapter() {
        return adapter;
    }

    @Override
    public int blockCount() {
        return spec.blockCount();
    }

    public RemoteSpec spec() {
        return spec;
    }

    /** Who serves what, as far as is known. */
    public SwarmView view(Deadline deadline) throws IOException, InterruptedException {
        return router.view(deadline);
    }

    /** The route that a session of so many tokens would take now, and why. */
    public RouteExplanation explain(long cacheTokens, Deadline deadline) throws IOException, InterruptedException {
        RoutePolicy policy = RoutePolicy.forSession(cacheTokens).adapted(adapter);
        return router.explain(spec.blocks(), sessionConfig.pushes() ? policy.pushing() : policy, deadline);
    }

    @Override
    public void forward(Tensor hidden, int from, int to, Deadline deadline) throws IOException, InterruptedException {
        if (from < to) {
            forwards.forward(hidden, null, new Span(from, to), deadline);
        }
    }

    /**
     * Runs blocks so that {@link #backward(Tape, Tensor, Tensor, Deadline)} can follow.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @param prompts (blocks, batch or 1, promptTokens, hiddenSize) f32 deep prompts, or null
     */
    public Tape record(Tensor hidden, @Nullable Tensor prompts, Span blocks, Deadline deadline)
            throws IOException, InterruptedException {
        return forwards.forward(hidden, prompts, blocks, deadline);
    }

    /**
     * Gradients through the blocks of a recorded forward.
     *
     * @param gradient of its output, replaced by that of its input
     * @param promptGradient (blocks, batch, promptTokens, hiddenSize) f32, overwritten; null where it is not wanted
     */
    public void backward(Tape tape, Tensor gradient, @Nullable Tensor promptGradient, Deadline deadline)
            throws IOException, InterruptedException {
        forwards.backward(tape, gradient, promptGradient, deadline);
    }

    /** Runs the blocks forward once more; who has a {@link Tape} saves that. */
    @Override
    public void backward(BackwardRequest request, Deadline deadline) throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden =
                    Tensor.allocate(arena, DType.F32, request.inputs().shape().toArray());
            hidden.copyFrom(request.inputs());
            Tape tape = record(hidden, request.prompts(), new Span(request.from(), request.to()), deadline);
            backward(tape, request.gradient(), request.promptGradient(), deadline);
        }
    }

    @Override
    public RemoteSession open(int batch, int tokensMax, Deadline deadline) throws IOException, InterruptedException {
        return open(spec.blocks(), batch, tokensMax, deadline);
    }

    /** Opens a session over some of the blocks; the caller closes it. */
    public RemoteSession open(Span blocks, int batch, int tokensMax, Deadline deadline)
            throws IOException, InterruptedException {
        var session = new SessionSpec(spec.prefix(), blocks, spec.hiddenSize(), batch, tokensMax, adapter);
        return new RemoteSession(InferenceSession.open(environment, router, calls, sessionConfig, session, deadline));
    }

    @Override
    public void close() {
        if (ownsRouter) {
            router.close();
        }
    }

    /** A session on servers. Confined to one thread at a time. */
    public static final class RemoteSession implements BlockExecutor.Session {
        private final InferenceSession session;

        private RemoteSession(InferenceSession session) {
            this.session = session;
        }

        /** The servers in use now. */
        public List<Hop> route() {
            return session.route();
        }

        @Override
        public int position() {
            return session.position();
        }

        @Override
        public void step(Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
            session.step(hidden, deadline);
        }

        /**
         * A step of sequences that may change places, as in beam search.
         *
         * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
         * @param hypoIds (batch) which old sequence each new one continues
         */
        public void step(Tensor hidden, int[] hypoIds, Deadline deadline) throws IOException, InterruptedException {
            session.step(hidden, hypoIds, deadline);
        }

        @Override
        public void truncate(int position) {
            session.truncate(position);
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
