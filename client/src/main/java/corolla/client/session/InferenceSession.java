package corolla.client.session;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.client.routing.Hop;
import corolla.client.routing.Route;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Routes;
import corolla.client.session.ServerSession.StreamEndedException;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Steps through a chain of servers that keep the caches. Whatever goes wrong with a server (lost, silent, refusing, answering
 * nonsense), it is banned for a while, others take over exactly its blocks and are fed the inputs so far, and the step goes on: its output
 * is the same as if nothing had happened. Confined to one thread at a time; the owner closes it.
 */
public final class InferenceSession implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    private final Environment environment;
    private final Clock clock;
    private final Routes routes;
    private final ServerCalls calls;
    private final SessionConfig config;
    private final SessionSpec spec;
    private final SessionIds ids;
    private final RoutePolicy policy;
    private final List<ServerSession> chain = new ArrayList<>();
    private int position;

    private InferenceSession(
            Environment environment, Routes routes, ServerCalls calls, SessionConfig config, SessionSpec spec) {
        this.environment = environment;
        this.clock = environment.clock();
        this.routes = routes;
        this.calls = calls;
        this.config = config;
        this.spec = spec;
        this.ids = new SessionIds(environment.randoms());
        this.policy = RoutePolicy.forSession((long) spec.batch() * spec.tokensMax());
    }

    /**
     * Plans the route and connects to its servers, side by side.
     *
     * @throws NoRouteException when some block has no server
     * @throws IOException when the swarm cannot be read
     */
    public static InferenceSession open(
            Environment environment,
            Routes routes,
            ServerCalls calls,
            SessionConfig config,
            SessionSpec spec,
            Deadline deadline)
            throws IOException, InterruptedException {
        var session = new InferenceSession(environment, routes, calls, config, spec);
        session.chain.addAll(session.plan(spec.blocks(), session.newHistory(), deadline));
        session.connect(deadline);
        return session;
    }

    /** Tokens that the session has seen. */
    public int position() {
        return position;
    }

    public SessionSpec spec() {
        return spec;
    }

    /** The servers in use. */
    public List<Hop> route() {
        return chain.stream().map(server -> server.hop).toList();
    }

    /**
     * Runs all blocks over the next tokens.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @throws RequestRefusedException when the tokens do not fit in the session; nothing has been sent
     * @throws SessionLostException when the step could not be done on any server; the session stays where it was
     * @throws IOException when {@code deadline} is over, or the swarm cannot be read
     */
    public void step(Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
        int tokens = checkedTokens(hidden);
        int atOnce = Math.max(1, config.messageBytesMax() / (spec.batch() * spec.hiddenSize() * Float.BYTES));
        if (tokens <= atOnce) {
            stepAtOnce(hidden.data(), tokens, deadline);
            return;
        }
        for (int from = 0; from < tokens; from += atOnce) {
            int count = Math.min(atOnce, tokens - from);
            MemorySegment part = MemorySegment.ofArray(new float[spec.batch() * count * spec.hiddenSize()]);
            copyTokens(hidden.data(), tokens, from, part, count, 0, count);
            stepAtOnce(part, count, deadline);
            copyTokens(part, count, 0, hidden.data(), tokens, from, count);
        }
    }

    /**
     * Forgets the tokens from {@code newPosition} on.
     *
     * @throws IllegalArgumentException when it is beyond {@link #position()}
     */
    public void truncate(int newPosition) {
        if (newPosition < 0 || newPosition > position) {
            throw new IllegalArgumentException("cannot go from position " + position + " back to " + newPosition);
        }
        for (ServerSession server : chain) {
            server.rollBack(newPosition, routes.canRollBack(server.hop.peer()));
        }
        position = newPosition;
    }

    /** Tells all servers, and waits for a moment until they have freed their caches. */
    @Override
    public void close() {
        Deadline deadline = Deadline.after(clock, config.closeTimeout());
        try {
            for (ServerSession server : chain) {
                part(server, () -> server.sendClosing(deadline));
            }
            for (ServerSession server : chain) {
                part(server, () -> server.awaitEnd(deadline));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            chain.forEach(ServerSession::abandon);
            chain.clear();
        }
    }

    private interface Goodbye {
        void say() throws IOException, InterruptedException;
    }

    private static void part(ServerSession server, Goodbye goodbye) throws InterruptedException {
        try {
            goodbye.say();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "session not closed in order hop={0}: {1}", server.hop, e.getMessage());
            server.abandon();
        }
    }

    private int checkedTokens(Tensor hidden) {
        Shape shape = hidden.shape();
        if (hidden.dtype() != DType.F32
                || shape.rank() != 3
                || shape.size(0) != spec.batch()
                || shape.size(2) != spec.hiddenSize()) {
            throw new IllegalArgumentException("hidden states " + hidden + " do not fit a session of " + spec);
        }
        long tokens = shape.size(1);
        if (tokens > spec.tokensMax() - position) {
            throw new RequestRefusedException(
                    "Maximum length exceeded: prefix " + position + " + current " + tokens
                            + " exceeds pre-allocated maximum " + spec.tokensMax(),
                    null);
        }
        return (int) tokens;
    }

    private void stepAtOnce(MemorySegment floats, int tokens, Deadline deadline)
            throws IOException, InterruptedException {
        String stepId = ids.next();
        var failures = new ArrayList<String>();
        WireTensor input = TensorCodec.encode(
                floats, Shape.of(spec.batch(), tokens, spec.hiddenSize()), DType.F32, Compression.NONE);
        int at = 0;
        while (at < chain.size()) {
            ServerSession server = chain.get(at);
            try {
                replay(at, deadline);
                WireTensor output = server.step(input, stepId, floats, deadline);
                server.history.add(input);
                routes.succeeded(server.hop.peer());
                input = output;
                at++;
            } catch (IOException e) {
                replace(at, e, failures, deadline);
            } catch (InterruptedException e) {
                server.abandon();
                throw e;
            }
        }
        // Only now have all servers taken the step: until here a failure leaves the session where it was.
        position += tokens;
    }

    /**
     * Feeds a server what the one before it in its place has seen. Its outputs are the inputs of a next server that is new too.
     */
    private void replay(int at, Deadline deadline) throws IOException, InterruptedException {
        ServerSession server = chain.get(at);
        if (server.isBeyond(position)) {
            server.rollBack(position, routes.canRollBack(server.hop.peer()));
        }
        if (server.serverTokens() == position) {
            return;
        }
        ServerSession next = at + 1 < chain.size() ? chain.get(at + 1) : null;
        InputHistory fed = next != null && next.history.tokens() < position ? next.history : null;
        if (fed != null) {
            fed.truncate(server.serverTokens());
        }
        int atOnce = Math.max(1, config.messageBytesMax() / (spec.batch() * spec.hiddenSize() * Float.BYTES));
        while (server.serverTokens() < position) {
            int from = server.serverTokens();
            int to = Math.min(position, from + atOnce);
            float[] floats = new float[spec.batch() * (to - from) * spec.hiddenSize()];
            WireTensor output =
                    server.step(server.history.range(from, to), ids.next(), MemorySegment.ofArray(floats), deadline);
            if (fed != null) {
                fed.add(output);
            }
        }
    }

    /** Bans the server at {@code at} and puts others in its place; throws when it is time to give up. */
    private void replace(int at, IOException failure, List<String> failures, Deadline deadline)
            throws IOException, InterruptedException {
        ServerSession lost = chain.get(at);
        boolean wasIdle = failure instanceof StreamEndedException && lost.isLongIdle();
        lost.abandon();
        String reason = reason(failure);
        failures.add(lost.hop + ": " + reason);
        if (deadline.isOver(clock)) {
            throw timedOut(failures, failure);
        }
        if (!wasIdle) {
            routes.failed(lost.hop.peer(), reason);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "server lost, looking for another hop={0} position={1}: {2}",
                lost.hop,
                position,
                reason);
        List<ServerSession> others = substitutes(lost, failure, failures, deadline);
        chain.remove(at);
        chain.addAll(at, others);
    }

    /** Servers for the blocks of a lost one, planned anew after each failure to plan. */
    private List<ServerSession> substitutes(
            ServerSession lost, IOException failure, List<String> failures, Deadline deadline)
            throws IOException, InterruptedException {
        while (true) {
            pause(failures, failure, deadline);
            try {
                return plan(lost.hop.span(), lost.history, deadline);
            } catch (NoRouteException e) {
                failures.add(reason(e));
                if (failures.size() >= config.attemptsMax()) {
                    throw e;
                }
            } catch (IOException e) {
                failures.add(reason(e));
            }
        }
    }

    private void pause(List<String> failures, IOException failure, Deadline deadline)
            throws IOException, InterruptedException {
        if (failures.size() >= config.attemptsMax()) {
            throw new SessionLostException(
                    "session lost at token " + position + " after " + failures.size() + " attempts: "
                            + failures.stream().distinct().collect(Collectors.joining("; ")),
                    position,
                    failure);
        }
        clock.sleep(config.backoff(failures.size()));
        if (deadline.isOver(clock)) {
            throw timedOut(failures, failure);
        }
    }

    private DeadlineException timedOut(List<String> failures, IOException failure) {
        var late = new DeadlineException("no answer in time at token " + position + ": "
                + failures.stream().distinct().collect(Collectors.joining("; ")));
        late.addSuppressed(failure);
        return late;
    }

    private static String reason(Exception failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }

    /** Servers for {@code span}; the first takes {@code history}. */
    private List<ServerSession> plan(Span span, InputHistory history, Deadline deadline)
            throws IOException, InterruptedException {
        Route route = routes.route(span, policy, deadline);
        var servers = new ArrayList<ServerSession>();
        for (Hop hop : route.hops()) {
            InputHistory inputs = servers.isEmpty() ? history : newHistory();
            servers.add(new ServerSession(hop, inputs, spec, ids, calls, clock, config));
        }
        return servers;
    }

    private InputHistory newHistory() {
        return new InputHistory(spec.batch(), spec.hiddenSize());
    }

    /** Connects to all servers at once; who fails will fail again at the first step, and be replaced there. */
    private void connect(Deadline deadline) throws InterruptedException {
        if (chain.size() < 2) {
            return;
        }
        try (TaskScope scope = environment.tasks().open("session connect")) {
            var tasks = chain.stream()
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

    private void copyTokens(
            MemorySegment from, int fromTokens, int fromStart, MemorySegment to, int toTokens, int toStart, int count) {
        long rowBytes = (long) spec.hiddenSize() * Float.BYTES;
        for (int b = 0; b < spec.batch(); b++) {
            MemorySegment.copy(
                    from,
                    ((long) b * fromTokens + fromStart) * rowBytes,
                    to,
                    ((long) b * toTokens + toStart) * rowBytes,
                    count * rowBytes);
        }
    }
}
