package corolla.client.generation;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.client.generation.GenerationResult.StopReason;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The loop of an answer: one step, one token, until the model, a stop string, the listener or the count ends it.
 *
 * <pre>{@code
 * try (TokenSession session = model.openSession(256)) {
 *     GenerationResult answer = new Generation(clock, stepTimeout).run(
 *             session, GenerationRequest.greedy(ids, 32), decoder, (id, piece) -> { System.out.print(piece); return true; });
 * }
 * }</pre>
 *
 * <p>Immutable.
 */
public final class Generation {
    private final Clock clock;
    private final Duration stepTimeout;

    /** @param stepTimeout how long one step may take, its retries on other servers included */
    public Generation(Clock clock, Duration stepTimeout) {
        this.clock = clock;
        this.stepTimeout = stepTimeout;
    }

    /**
     * Generates. Feeds the whole {@code inputIds} first, after whatever the session has been fed before. The last new token is
     * never fed.
     *
     * @param decoder of this answer only; from the model's tokenizer, or {@link TextDecoder#none()}
     * @throws IllegalArgumentException when the prompt and the new tokens do not fit in the session
     */
    public GenerationResult run(
            TokenSession session, GenerationRequest request, TextDecoder decoder, GenerationListener listener)
            throws IOException, InterruptedException {
        checkRoom(session, request);
        return new Run(session, request, decoder, listener).run();
    }

    private static void checkRoom(TokenSession session, GenerationRequest request) {
        long wanted = (long) session.position() + request.inputIds().length + Math.max(0, request.newTokensMax() - 1);
        if (wanted > session.positionMax()) {
            throw new IllegalArgumentException("prompt of " + request.inputIds().length + " and "
                    + request.newTokensMax() + " new tokens do not fit: the session holds " + session.positionMax()
                    + " and has " + session.position());
        }
    }

    /** One answer in the making. */
    private final class Run {
        private final TokenSession session;
        private final GenerationRequest request;
        private final TextDecoder decoder;
        private final GenerationListener listener;
        private final Sampler sampler;
        private final StopMatcher stops;
        private final StringBuilder text = new StringBuilder();
        private final long start = clock.nanoTime();
        private long first = start;
        private long last = start;
        private int[] ids;
        private int count;

        Run(TokenSession session, GenerationRequest request, TextDecoder decoder, GenerationListener listener) {
            this.session = session;
            this.request = request;
            this.decoder = decoder;
            this.listener = listener;
            this.sampler = new Sampler(request.sampling());
            this.stops = new StopMatcher(request.stopStrings());
            this.ids = new int[Math.min(request.newTokensMax(), 64)];
        }

        GenerationResult run() throws IOException, InterruptedException {
            sampler.occurred(request.inputIds());
            int[] fed = request.inputIds();
            StopReason reason = StopReason.LENGTH;
            while (count < request.newTokensMax()) {
                int id = sampler.next(session.step(fed, Deadline.after(clock, stepTimeout)));
                StopReason ended = take(id);
                if (ended != null) {
                    reason = ended;
                    break;
                }
                fed = new int[] {id};
            }
            return finish(reason);
        }

        private @Nullable StopReason take(int id) {
            last = clock.nanoTime();
            if (count == 0) {
                first = last;
            }
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, Math.min(request.newTokensMax(), 2 * count));
            }
            ids[count++] = id;
            boolean end = request.endTokens().contains(id);
            String piece = end ? "" : stops.add(decoder.add(id));
            text.append(piece);
            boolean goOn = listener.token(id, piece);
            if (end) {
                return StopReason.END_TOKEN;
            }
            if (stops.isStopped()) {
                return StopReason.STOP_STRING;
            }
            return goOn ? null : StopReason.CANCELLED;
        }

        private GenerationResult finish(StopReason reason) {
            String rest = stops.add(decoder.end()) + stops.end();
            if (!rest.isEmpty()) {
                text.append(rest);
                listener.end(rest);
            }
            return new GenerationResult(
                    Arrays.copyOf(ids, count),
                    text.toString(),
                    reason,
                    Duration.ofNanos(first - start),
                    Duration.ofNanos(last - start));
        }
    }
}
