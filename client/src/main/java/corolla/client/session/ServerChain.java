package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.client.routing.Failure;
import corolla.client.routing.Hop;
import corolla.client.routing.Route;
import corolla.client.routing.RoutePolicy;
import corolla.client.session.ServerSession.StreamEndedException;
import corolla.swarm.NoRouteException;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.SwarmLimits;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers of a session, each at its place: who takes the place of a lost one, what it is fed, and who hands on to whom. Confined to its
 * session.
 */
final class ServerChain {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    /** What a pushed message has beside its hidden states, generously: else the server leaves the push out, and we wait in vain. */
    private static final int PUSH_BYTES_MAX = SwarmLimits.UNARY_BYTES_MAX - (64 << 10);

    private final SessionParts parts;
    private final RoutePolicy policy;
    private final List<ServerSession> servers = new ArrayList<>();

    ServerChain(SessionParts parts) {
        this.parts = parts;
        SessionSpec spec = parts.spec();
        RoutePolicy any =
                RoutePolicy.forSession((long) spec.batch() * spec.tokensMax()).adapted(spec.adapter());
        this.policy = parts.config().pushes() ? any.pushing() : any;
    }

    /** Plans the first route and connects to its servers, side by side; who fails will fail again at the first step, and be replaced there. */
    void open(Deadline deadline) throws IOException, InterruptedException {
        servers.addAll(firstPlan(deadline));
        if (servers.size() < 2) {
            return;
        }
        try (TaskScope scope = parts.environment().tasks().open("session connect")) {
            var tasks = servers.stream()
                    .map(server ->
                            scope.run("connect " + server.hop.peer().shortForm(), () -> server.connect(deadline)))
                    .toList();
            for (var task : tasks) {
                try {
                    task.await(deadline);
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.DEBUG, "server not connected: {0}", e.getMessage());
                }
            }
        }
    }

    /** That nobody serves some block is said at once, unless somebody is about to. */
    private List<ServerSession> firstPlan(Deadline deadline) throws IOException, InterruptedException {
        Span blocks = parts.spec().blocks();
        var failures = new StepFailures(parts, deadline, 0);
        while (true) {
            try {
                return plan(blocks, parts.newHistory(), deadline);
            } catch (NoRouteException nobody) {
                if (!nobody.isComing()) {
                    throw nobody;
                }
                failures.addNoRoute(nobody);
                failures.pause(blocks);
            }
        }
    }

    int size() {
        return servers.size();
    }

    ServerSession get(int at) {
        return servers.get(at);
    }

    List<ServerSession> servers() {
        return List.copyOf(servers);
    }

    void clear() {
        servers.forEach(ServerSession::abandon);
        servers.clear();
    }

    /** Servers for {@code span}; the first takes {@code history}. */
    private List<ServerSession> plan(Span span, InputHistory history, Deadline deadline)
            throws IOException, InterruptedException {
        return sessions(parts.routes().route(span, policy, deadline), history);
    }

    /** One for each hop; the first takes {@code history}. */
    private List<ServerSession> sessions(Route route, InputHistory history) {
        var planned = new ArrayList<ServerSession>();
        for (Hop hop : route.hops()) {
            InputHistory inputs = planned.isEmpty() ? history : parts.newHistory();
            planned.add(new ServerSession(hop, inputs, parts));
        }
        return planned;
    }

    /** The servers behind {@code at} that the step can be handed on to, nearest first. They are told to expect it. */
    List<NextServer> handOn(int at, StepMessage step, int position) {
        long bytes = (long) parts.spec().batch() * step.tokens() * parts.spec().hiddenSize() * Float.BYTES;
        var next = new ArrayList<NextServer>();
        for (int i = at + 1; i < servers.size() && bytes <= PUSH_BYTES_MAX; i++) {
            ServerSession server = servers.get(i);
            if (!servers.get(i - 1).canPushTo(server) || !server.isReadyAt(position)) {
                break;
            }
            next.add(server.expect(step));
        }
        return next;
    }

    /**
     * Feeds a server what the one before it in its place has seen. Its outputs are the inputs of a next server that is new too.
     *
     * @param position of the session
     */
    void replay(int at, int position, StepFailures failures, Deadline deadline)
            throws IOException, InterruptedException {
        ServerSession server = servers.get(at);
        if (server.serverTokens() == position) {
            return;
        }
        if (!server.history.keepsInputs()) {
            throw failures.lost("with " + server.hop + ", and inputs were not kept for another");
        }
        ServerSession next = at + 1 < servers.size() ? servers.get(at + 1) : null;
        InputHistory fed = next != null && next.history.tokens() < position ? next.history : null;
        if (fed != null) {
            fed.truncate(server.serverTokens());
        }
        long start = parts.clock().nanoTime();
        while (server.serverTokens() < position) {
            int from = server.serverTokens();
            WireTensor inputs = server.history.following(from, position, parts.tokensAtOnce());
            int to = from + (int) inputs.size(1);
            float[] floats =
                    new float[parts.spec().batch() * (to - from) * parts.spec().hiddenSize()];
            WireTensor output = server.step(
                    inputs,
                    new StepMessage(parts.ids().next(), to - from, null),
                    List::of,
                    MemorySegment.ofArray(floats),
                    deadline);
            if (next != null && fed != null) {
                fed.add(next.packed(output), null);
            } else if (next != null && !server.isRough() && !next.isRough()) {
                ReplayCheck.compare(floats, next.history, from, to, server.hop);
            }
        }
        LOG.log(
                System.Logger.Level.DEBUG,
                "replayed hop={0} tokens={1} micros={2}",
                server.hop,
                position,
                (parts.clock().nanoTime() - start) / 1000);
    }

    /**
     * Puts others in the places of servers that have said that they are about to go, where there are others; they will be fed what those
     * have seen. To be called between steps.
     */
    void moveFromLeaving() {
        for (int at = 0; at < servers.size(); at++) {
            ServerSession leaving = servers.get(at);
            if (leaving.shouldMove()) {
                moveFrom(at, leaving);
            }
        }
    }

    private void moveFrom(int at, ServerSession leaving) {
        Route route = parts.routes()
                .instead(leaving.hop.peer(), leaving.hop.span(), policy)
                .orElse(null);
        if (route == null) {
            return; // there is nobody else; it serves until it goes
        }
        List<ServerSession> others = sessions(route, leaving.history);
        LOG.log(
                System.Logger.Level.INFO,
                "server leaves, session moves from={0} to={1} tokens={2}",
                leaving.hop,
                others.stream().map(other -> other.hop).toList(),
                leaving.history.tokens());
        leaving.abandon();
        servers.remove(at);
        servers.addAll(at, others);
    }

    /** Puts others in the place of the server at {@code at}; throws when it is time to give the step up. */
    void replace(int at, IOException failure, StepFailures failures, Deadline deadline)
            throws IOException, InterruptedException {
        ServerSession lost = servers.get(at);
        Failure judged = Failure.of(failure);
        boolean wasIdle = failure instanceof StreamEndedException && lost.isLongIdle();
        lost.abandon();
        for (ServerSession behind : servers.subList(at + 1, servers.size())) {
            // What a server that answers nonsense has handed on is nonsense too; the others' is right.
            behind.expectNothing(failure instanceof ProtocolException);
        }
        if (!wasIdle) {
            parts.routes().failed(lost.hop.peer(), judged);
        }
        failures.add(lost.hop, failure, judged);
        LOG.log(
                failures.count() == 1 ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                "server lost, looking for another hop={0} tokens={1}: {2}",
                lost.hop,
                lost.history.tokens(),
                judged.reason());
        List<ServerSession> others = substitutes(lost, failures, deadline);
        servers.remove(at);
        servers.addAll(at, others);
    }

    /** Servers for the blocks of a lost one, planned anew after each failure to plan: one may come. */
    private List<ServerSession> substitutes(ServerSession lost, StepFailures failures, Deadline deadline)
            throws IOException, InterruptedException {
        while (true) {
            failures.pause(lost.hop.span());
            try {
                return plan(lost.hop.span(), lost.history, deadline);
            } catch (NoRouteException | IOException e) {
                failures.addNoRoute(e);
            }
        }
    }
}
