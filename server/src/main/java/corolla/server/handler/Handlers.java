package corolla.server.handler;

import corolla.base.Environment;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.server.ServerLimits;
import corolla.server.backend.Backend;
import corolla.server.cache.CacheBudget;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** All calls of a server, from registration to removal. Thread-safe. */
public final class Handlers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Handlers.class.getName());

    /** A session notices an interruption at once, unless it computes: then after its turn. */
    private static final Duration SESSIONS_END = Duration.ofSeconds(30);

    private final Switchboard switchboard;
    private final Rpc rpc;
    private final String prefix;
    private final InferenceHandler inference;
    private final RpcPusher pusher;
    private final PushHandler pushed;
    private final Rehearsal rehearsal;
    private final Clock clock;

    private Handlers(
            Switchboard switchboard,
            Rpc rpc,
            String prefix,
            InferenceHandler inference,
            RpcPusher pusher,
            PushHandler pushed,
            Rehearsal rehearsal,
            Clock clock) {
        this.switchboard = switchboard;
        this.pusher = pusher;
        this.pushed = pushed;
        this.rehearsal = rehearsal;
        this.rpc = rpc;
        this.prefix = prefix;
        this.clock = clock;
        this.inference = inference;
    }

    /**
     * Starts to answer. Everything is borrowed.
     *
     * @param switchboard the node's
     * @param self our own peer id
     * @param relayed whether our DHT node only asks
     */
    public static Handlers register(
            Environment environment,
            Switchboard switchboard,
            Rpc rpc,
            PeerId self,
            ServedModel model,
            Backend backend,
            CacheBudget cache,
            ServerLimits limits,
            boolean relayed) {
        Clock clock = environment.clock();
        var pusher = new RpcPusher(rpc, self, environment.tasks(), clock, limits, model.prefix());
        var info = new InfoHandler(model, cache, backend.adapters(), relayed);
        var calls = new PeerQuota("calls", limits.callsMax(), limits.callsPerPeerMax());
        // What calls without a session hold: their activations, and for gradients those of every block.
        long bytes = limits.backwardBytesMax();
        var memory = new CacheBudget("memory for calls", clock, bytes, bytes, limits.cacheWaitingMax());
        var arriving = new RequestMemory(limits.requestBytesMax());
        var forward = new BatchHandler(
                model,
                backend.adapters(),
                clock,
                limits,
                calls,
                arriving,
                new ForwardOperation(backend, clock, limits, memory));
        var backward = new BatchHandler(
                model,
                backend.adapters(),
                clock,
                limits,
                calls,
                arriving,
                new BackwardOperation(backend, clock, limits, memory));
        var inference = new InferenceHandler(model, backend, cache, clock, limits, pusher);
        var push = new PushHandler(model, inference, environment.tasks(), clock, limits);
        switchboard.add(
                rpc,
                model.prefix(),
                new Switchboard.ModelCalls(
                        info::handle,
                        forward::unary,
                        forward::stream,
                        backward::unary,
                        backward::stream,
                        inference::handle,
                        push::handle,
                        clock,
                        limits.stepTimeout()));
        var rehearsal = new Rehearsal(model, inference, clock, self);
        return new Handlers(switchboard, rpc, model.prefix(), inference, pusher, push, rehearsal, clock);
    }

    /**
     * Plays some sessions, which nobody has asked for, so that those of clients find compiled code. Takes a second or so of a processor; real
     * steps come between.
     */
    public void rehearse() throws InterruptedException {
        rehearsal.run();
    }

    /** Open inference sessions. */
    public int sessions() {
        return inference.sessions();
    }

    /** Answers no new calls and ends the sessions. Forward calls in progress go on. */
    @Override
    public void close() {
        switchboard.remove(rpc, prefix);
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
