package corolla.client.session;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.client.routing.Routes;
import corolla.swarm.NoRouteException;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Steps through a chain of servers that keep the caches. Whatever goes wrong with a server (lost, frozen, cut off, slow, refusing, answering
 * nonsense), it is banned for a while, others take over exactly its blocks and are fed the inputs so far, and the step goes on: its output
 * is the same as if nothing had happened. Confined to one thread at a time; the owner closes it.
 */
public final class InferenceSession implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    private final SessionParts parts;
    private final SessionSpec spec;
    private final ServerChain chain;
    private int position;

    private InferenceSession(SessionParts parts) {
        this.parts = parts;
        this.spec = parts.spec();
        this.chain = new ServerChain(parts);
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
        var session = new InferenceSession(SessionParts.of(environment, routes, calls, config, spec));
        session.chain.open(deadline);
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
        return chain.servers().stream().map(server -> server.hop).toList();
    }

    /** {@link #step(Tensor, int[], Deadline)} of sequences that each go on as themselves. */
    public void step(Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
        step(hidden, null, deadline);
    }

    /**
     * Runs all blocks over the next tokens.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @param hypoIds (batch) which old sequence each new one continues, as beam search asks for; or null
     * @throws RequestRefusedException when the tokens do not fit in the session, and nothing has been sent; or when servers say that no
     *     server can do this
     * @throws SessionLostException when the step could not be done on any server; the session stays where it was
     * @throws NoRouteException when some blocks had no server for {@link SessionConfig#patience()}; the session stays where it was
     * @throws IOException when {@code deadline} is over, or the swarm cannot be read
     */
    public void step(Tensor hidden, int @Nullable [] hypoIds, Deadline deadline)
            throws IOException, InterruptedException {
        int tokens = checkedTokens(hidden);
        int[] reordering = checkedOrder(hypoIds);
        int atOnce = parts.tokensAtOnce();
        if (tokens <= atOnce) {
            stepAtOnce(hidden.data(), tokens, reordering, deadline);
            return;
        }
        for (int from = 0; from < tokens; from += atOnce) {
            int count = Math.min(atOnce, tokens - from);
            MemorySegment part = MemorySegment.ofArray(new float[spec.batch() * count * spec.hiddenSize()]);
            copyTokens(hidden.data(), tokens, from, part, count, 0, count);
            stepAtOnce(part, count, from == 0 ? reordering : null, deadline);
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
        chain.servers().forEach(server -> server.rollBack(newPosition));
        position = newPosition;
    }

    /** Tells all servers, and waits for a moment until they have freed their caches. */
    @Override
    public void close() {
        Deadline deadline = Deadline.after(parts.clock(), parts.config().closeTimeout());
        try {
            for (ServerSession server : chain.servers()) {
                part(server, () -> server.sendClosing(deadline));
            }
            for (ServerSession server : chain.servers()) {
                part(server, () -> server.awaitEnd(deadline));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
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

    private int @Nullable [] checkedOrder(int @Nullable [] hypoIds) {
        if (hypoIds == null) {
            return null;
        }
        if (hypoIds.length != spec.batch()) {
            throw new IllegalArgumentException(hypoIds.length + " hypoIds for a batch of " + spec.batch());
        }
        boolean isSame = true;
        for (int b = 0; b < hypoIds.length; b++) {
            if (hypoIds[b] < 0 || hypoIds[b] >= spec.batch()) {
                throw new IllegalArgumentException("hypoId " + hypoIds[b] + " for a batch of " + spec.batch());
            }
            isSame &= hypoIds[b] == b;
        }
        return isSame ? null : hypoIds.clone();
    }

    private void stepAtOnce(MemorySegment floats, int tokens, int @Nullable [] hypoIds, Deadline deadline)
            throws IOException, InterruptedException {
        var step = new StepMessage(parts.ids().next(), tokens, hypoIds);
        boolean isDone = false;
        try {
            run(step, floats, deadline);
            isDone = true;
        } finally {
            if (!isDone) {
                chain.servers().forEach(server -> server.giveUp(step, position));
            }
        }
        // Only now have all servers taken the step: until here a failure leaves the session where it was.
        position += tokens;
    }

    private void run(StepMessage step, MemorySegment floats, Deadline deadline)
            throws IOException, InterruptedException {
        var failures = new StepFailures(parts, deadline, position);
        WireTensor input = TensorCodec.encode(
                floats, Shape.of(spec.batch(), step.tokens(), spec.hiddenSize()), DType.F32, Compression.NONE);
        chain.moveFromLeaving();
        int at = 0;
        while (at < chain.size()) {
            ServerSession server = chain.get(at);
            try {
                chain.replay(at, position, failures, deadline);
                int place = at;
                WireTensor fed = server.packed(input);
                WireTensor output = server.step(fed, step, () -> chain.handOn(place, step, position), floats, deadline);
                failures.forgetComplaints();
                server.history.add(fed, step.hypoIds());
                parts.routes().succeeded(server.hop.peer());
                input = output;
                at++;
            } catch (IOException e) {
                chain.replace(at, e, failures, deadline);
            } catch (InterruptedException e) {
                server.abandon();
                throw e;
            }
        }
        failures.survived();
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
