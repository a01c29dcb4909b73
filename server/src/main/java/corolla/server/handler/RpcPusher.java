package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.server.ServerLimits;
import corolla.swarm.ChainedUid;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.ServiceNames;
import corolla.swarm.protocol.SwarmLimits;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Hands a step's output straight to the next server of the client's route, while the client gets its answer too. It only saves
 * time: the client sends every step itself, so a push that fails is logged, and one too many is left out. Thread-safe.
 */
final class RpcPusher implements StepPusher, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StepPusher.class.getName());

    /** Pushes under way at once; each holds one step's output. */
    private static final int PUSHES_MAX = 128;

    /** What a unary message has around its tensors and metadata, generously. */
    private static final int ENVELOPE_BYTES = 4096;

    private final Rpc rpc;
    private final PeerId self;
    private final Clock clock;
    private final ServerLimits limits;
    private final String prefix;
    private final TaskScope scope;
    private final Semaphore places = new Semaphore(PUSHES_MAX);

    /** @param self our own peer id: nobody pushes to himself */
    RpcPusher(Rpc rpc, PeerId self, TaskScopes tasks, Clock clock, ServerLimits limits, String prefix) {
        this.rpc = rpc;
        this.self = self;
        this.clock = clock;
        this.limits = limits;
        this.prefix = prefix;
        this.scope = tasks.open("pushes of " + prefix);
    }

    @Override
    public void push(ExpertRequest step, RequestMetadata metadata, int hiddenIndex, WireTensor output)
            throws ProtocolException {
        boolean wanted = !metadata.nextServers().isEmpty()
                && !metadata.nextServers().getFirst().peer().equals(self);
        if (!wanted || !places.tryAcquire()) {
            return;
        }
        boolean started = false;
        try {
            NextServer to = metadata.nextServers().getFirst();
            byte[] message = message(step, metadata.nextServers(), hiddenIndex, output);
            if (message.length <= SwarmLimits.UNARY_BYTES_MAX - ENVELOPE_BYTES) {
                scope.run("push to " + to.peer().shortForm(), () -> send(to, message));
                started = true;
            }
        } finally {
            if (!started) {
                places.release();
            }
        }
    }

    private byte[] message(ExpertRequest step, List<NextServer> route, int hiddenIndex, WireTensor output)
            throws ProtocolException {
        var tensors = new ArrayList<>(step.tensors());
        tensors.set(hiddenIndex, output);
        NextServer to = route.getFirst();
        byte[] metadata = RequestMetadata.pushed(step.metadata(), to, route.subList(1, route.size()));
        return ExpertMessages.write(
                new ExpertRequest(ChainedUid.of(prefix, to.span()).toString(), tensors, metadata));
    }

    private void send(NextServer to, byte[] message) throws InterruptedException {
        try {
            rpc.callUnary(to.peer(), ServiceNames.PUSH, message, Deadline.after(clock, limits.requestTimeout()));
        } catch (IOException failed) {
            LOG.log(Level.DEBUG, "push failed peer={0}: {1}", to.peer().shortForm(), failed.getMessage());
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
