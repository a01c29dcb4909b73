package corolla.client.forward;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.client.routing.Failure;
import corolla.client.routing.Hop;
import corolla.client.routing.RoutePolicy;
import corolla.client.routing.Routes;
import corolla.client.session.ServerCalls;
import corolla.client.session.SessionConfig;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs blocks without a cache. A batch goes in parts of about a thousand tokens, as stock clients send it; a server that fails is banned
 * for a while, and the way from its first block on is planned anew. Thread-safe.
 */
public final class ForwardChain {
    private static final int TOKENS_AT_ONCE = 1024;

    /** Failures after which one part is given up: with their pauses some 13 seconds. */
    private static final int ATTEMPTS_MAX = 12;

    private final Clock clock;
    private final Routes routes;
    private final ForwardCalls calls;
    private final SessionConfig config;
    private final String prefix;

    public ForwardChain(Clock clock, Routes routes, ServerCalls calls, SessionConfig config, String prefix) {
        this.clock = clock;
        this.routes = routes;
        this.calls = new ForwardCalls(calls);
        this.config = config;
        this.prefix = prefix;
    }

    /**
     * Runs blocks.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @throws corolla.swarm.NoRouteException when some block has no server
     * @throws SessionLostException when no server could do it
     */
    public void forward(Tensor hidden, Span blocks, Deadline deadline) throws IOException, InterruptedException {
        Shape shape = hidden.shape();
        if (hidden.dtype() != DType.F32 || shape.rank() != 3) {
            throw new IllegalArgumentException("hidden states " + hidden + " are not (batch, tokens, hiddenSize) F32");
        }
        if (shape.elements() == 0) {
            return;
        }
        long batch = shape.size(0);
        long atOnce = Math.max(1, TOKENS_AT_ONCE / shape.size(1));
        long sequenceBytes = shape.size(1) * shape.size(2) * Float.BYTES;
        for (long from = 0; from < batch; from += atOnce) {
            long count = Math.min(atOnce, batch - from);
            MemorySegment part = hidden.data().asSlice(from * sequenceBytes, count * sequenceBytes);
            forwardPart(part, Shape.of(count, shape.size(1), shape.size(2)), blocks, deadline);
        }
    }

    private void forwardPart(MemorySegment floats, Shape shape, Span blocks, Deadline deadline)
            throws IOException, InterruptedException {
        WireTensor input = TensorCodec.encode(floats, shape, DType.F32, Compression.NONE);
        var failures = new ArrayList<String>();
        var hops = new ArrayDeque<Hop>();
        int block = blocks.start();
        while (block < blocks.end()) {
            if (hops.isEmpty()) {
                hops.addAll(routes.route(new Span(block, blocks.end()), RoutePolicy.forSession(0), deadline)
                        .hops());
            }
            Hop hop = hops.removeFirst();
            try {
                Deadline answerBy =
                        Deadline.after(clock, config.requestTimeout()).earlier(deadline);
                input = calls.call(hop, prefix, input, floats, answerBy);
                routes.succeeded(hop.peer());
                block = hop.span().end();
            } catch (IOException e) {
                hops.clear();
                afterFailure(hop, e, failures, deadline);
            }
        }
    }

    private void afterFailure(Hop hop, IOException failure, List<String> failures, Deadline deadline)
            throws IOException, InterruptedException {
        Failure judged = Failure.of(failure);
        failures.add(hop + ": " + judged.reason());
        if (deadline.isOver(clock)) {
            throw failure;
        }
        if (judged.kind() == Failure.Kind.REQUEST) {
            throw new RequestRefusedException(hop + " refuses the request: " + judged.reason(), failure);
        }
        routes.failed(hop.peer(), judged);
        if (failures.size() >= ATTEMPTS_MAX) {
            throw new SessionLostException(
                    "forward given up after " + failures.size() + " attempts: "
                            + String.join("; ", failures.stream().distinct().toList()),
                    0,
                    failure);
        }
        clock.sleep(config.backoff(failures.size()));
    }
}
