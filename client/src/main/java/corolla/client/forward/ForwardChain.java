package corolla.client.forward;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.client.routing.Routes;
import corolla.client.session.AnswerWait;
import corolla.client.session.ServerCalls;
import corolla.client.session.SessionConfig;
import corolla.swarm.RequestRefusedException;
import corolla.swarm.SessionLostException;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs blocks without a cache, and their gradients. A batch goes in micro-batches of about a thousand tokens, some of them at a time; a
 * server that fails is banned for a while, and the way from its first block on is planned anew. Thread-safe.
 *
 * <p>Letters: B sequences of S tokens, H the hidden size, N blocks, P deep-prompt tokens.
 */
public final class ForwardChain {
    private final Environment environment;
    private final Routes routes;
    private final BlockCalls calls;
    private final String adapter;
    private final SessionConfig session;
    private final ForwardConfig config;

    /**
     * @param prefix the model's DHT prefix
     * @param adapter LoRA adapter that blocks run with; empty for the plain model
     */
    public ForwardChain(
            Environment environment,
            Routes routes,
            ServerCalls calls,
            SessionConfig session,
            ForwardConfig config,
            String prefix,
            String adapter) {
        this.environment = environment;
        this.routes = routes;
        var waits = new AnswerWait(environment, calls, session);
        this.calls = new BlockCalls(calls, waits, prefix, adapter, session.codecs());
        this.adapter = adapter;
        this.session = session;
        this.config = config;
    }

    /**
     * Runs blocks, and keeps what {@link #backward} needs.
     *
     * @param hidden (B, S, H) f32, replaced by the output
     * @param prompts (N, B or 1, P, H) f32, added to the first P positions of the input of each block; or null
     * @throws corolla.swarm.NoRouteException when some block has no server
     * @throws RequestRefusedException when no server takes the request
     * @throws SessionLostException when no server could do it
     */
    public Tape forward(Tensor hidden, @Nullable Tensor prompts, Span blocks, Deadline deadline)
            throws IOException, InterruptedException {
        checkHidden(hidden);
        checkPrompts(prompts, hidden, blocks);
        List<MicroBatch> batches = split(hidden, prompts);
        var tracks = new ArrayList<Tape.@Nullable Track>();
        var outputs = new ArrayList<Tensor>();
        for (MicroBatch batch : batches) {
            tracks.add(null);
            outputs.add(MicroBatch.heap(batch.shape().toArray()));
        }
        var inputs = batches.stream().map(batch -> batch.packed(hidden)).toList();
        sideBySide(batches.size(), deadline, i -> {
            MicroBatch batch = batches.get(i);
            var steps = run(batch, blocks, "forward")
                    .forward(blocks, inputs.get(i), outputs.get(i).data(), deadline);
            tracks.set(i, new Tape.Track(batch, steps));
        });
        for (int i = 0; i < batches.size(); i++) {
            MemorySegment.copy(
                    outputs.get(i).data(),
                    0,
                    batches.get(i).part(hidden),
                    0,
                    outputs.get(i).data().byteSize());
        }
        return new Tape(
                blocks,
                adapter,
                hidden.shape(),
                tracks.stream().map(ForwardChain::done).toList());
    }

    private static Tape.Track done(Tape.@Nullable Track track) {
        if (track == null) {
            throw new IllegalStateException("a micro-batch ended without a result");
        }
        return track;
    }

    /**
     * Gradients through the blocks of a forward, on the same servers where they are still there.
     *
     * @param gradient (B, S, H) f32 of the output; becomes that of the input
     * @param promptGradient (N, B, P, H) f32, overwritten: one for each sequence even if they share their prompts; null where it is not
     *     wanted
     * @throws corolla.swarm.NoRouteException when some block has no server
     * @throws RequestRefusedException when no server takes the request
     * @throws SessionLostException when no server could do it
     */
    public void backward(Tape tape, Tensor gradient, @Nullable Tensor promptGradient, Deadline deadline)
            throws IOException, InterruptedException {
        checkHidden(gradient);
        if (!gradient.shape().equals(tape.shape())) {
            throw new IllegalArgumentException("gradient " + gradient + " of outputs " + tape.shape());
        }
        if (!tape.adapter().equals(adapter)) {
            throw new IllegalArgumentException(
                    "a forward with adapter '" + tape.adapter() + "', its backward with '" + adapter + "'");
        }
        if (promptGradient != null) {
            checkPromptGradient(promptGradient, tape);
        }
        List<Tape.Track> tracks = tape.tracks();
        var packed =
                tracks.stream().map(track -> track.batch().packed(gradient)).toList();
        var gradients = new ArrayList<Tensor>();
        var promptGradients = new ArrayList<@Nullable Tensor>();
        for (Tape.Track track : tracks) {
            gradients.add(MicroBatch.heap(track.batch().shape().toArray()));
            promptGradients.add(promptGradientOf(track.batch(), tape));
        }
        sideBySide(tracks.size(), deadline, i -> {
            Tape.Track track = tracks.get(i);
            run(track.batch(), tape.blocks(), "backward")
                    .backward(track.steps(), packed.get(i), gradients.get(i).data(), promptGradients.get(i), deadline);
        });
        for (int i = 0; i < tracks.size(); i++) {
            MicroBatch batch = tracks.get(i).batch();
            Tensor part = gradients.get(i);
            MemorySegment.copy(
                    part.data(), 0, batch.part(gradient), 0, part.data().byteSize());
            Tensor promptPart = promptGradients.get(i);
            if (promptGradient != null && promptPart != null) {
                copyPrompts(promptPart, batch, promptGradient);
            }
        }
    }

    private static @Nullable Tensor promptGradientOf(MicroBatch batch, Tape tape) {
        if (batch.promptTokens() == 0) {
            return null;
        }
        return MicroBatch.heap(
                tape.blocks().length(),
                batch.count(),
                batch.promptTokens(),
                batch.shape().size(2));
    }

    private static void copyPrompts(Tensor part, MicroBatch batch, Tensor all) {
        long rowBytes = all.shape().size(2) * all.shape().size(3) * Float.BYTES;
        for (long block = 0; block < all.shape().size(0); block++) {
            MemorySegment.copy(
                    part.data(),
                    block * batch.count() * rowBytes,
                    all.data(),
                    (block * all.shape().size(1) + batch.from()) * rowBytes,
                    batch.count() * rowBytes);
        }
    }

    private MicroBatchRun run(MicroBatch batch, Span blocks, String what) {
        return new MicroBatchRun(
                calls, new Attempts(environment.clock(), routes, session, what, adapter), batch, blocks);
    }

    private List<MicroBatch> split(Tensor hidden, @Nullable Tensor prompts) {
        Shape shape = hidden.shape();
        var batches = new ArrayList<MicroBatch>();
        if (shape.elements() == 0) {
            return batches;
        }
        long atOnce = Math.max(1, config.tokensAtOnce() / shape.size(1));
        for (long from = 0; from < shape.size(0); from += atOnce) {
            batches.add(MicroBatch.of(hidden, prompts, from, Math.min(atOnce, shape.size(0) - from)));
        }
        return batches;
    }

    private interface Work {
        void run(int index) throws IOException, InterruptedException;
    }

    /** Does {@code count} pieces of work, some at a time; the first failure ends it all. */
    private void sideBySide(int count, Deadline deadline, Work work) throws IOException, InterruptedException {
        if (count == 1) {
            work.run(0);
            return;
        }
        var next = new AtomicInteger();
        int workers = Math.min(count, config.microBatchesAtOnce());
        try (TaskScope scope = environment.tasks().open("micro-batches")) {
            var tasks = new ArrayList<Task<@Nullable Void>>();
            for (int i = 0; i < workers; i++) {
                tasks.add(scope.run("micro-batches " + i, () -> {
                    for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
                        work.run(index);
                    }
                }));
            }
            for (Task<@Nullable Void> task : tasks) {
                task.await(deadline);
            }
        }
    }

    private static void checkHidden(Tensor hidden) {
        if (hidden.dtype() != DType.F32 || hidden.shape().rank() != 3) {
            throw new IllegalArgumentException("hidden states " + hidden + " are not (batch, tokens, hiddenSize) F32");
        }
        // Servers would answer with what is no number either, and it would look as if they had failed.
        for (long i = 0; i < hidden.elements(); i++) {
            if (!Float.isFinite(hidden.getFloat(i))) {
                throw new RequestRefusedException(
                        "element " + i + " of " + hidden + " is " + hidden.getFloat(i) + ", not a number", null);
            }
        }
    }

    private static void checkPrompts(@Nullable Tensor prompts, Tensor hidden, Span blocks) {
        if (prompts == null) {
            return;
        }
        Shape shape = prompts.shape();
        boolean fits = prompts.dtype() == DType.F32
                && shape.rank() == 4
                && shape.size(0) == blocks.length()
                && (shape.size(1) == 1 || shape.size(1) == hidden.shape().size(0))
                && shape.size(2) <= hidden.shape().size(1)
                && shape.size(3) == hidden.shape().size(2);
        if (!fits) {
            throw new IllegalArgumentException("prompts " + prompts + " for blocks " + blocks + " and " + hidden);
        }
    }

    private static void checkPromptGradient(Tensor gradient, Tape tape) {
        Shape shape = gradient.shape();
        boolean fits = gradient.dtype() == DType.F32
                && shape.rank() == 4
                && shape.size(0) == tape.blocks().length()
                && shape.size(1) == tape.shape().size(0)
                && shape.size(2) == tape.promptTokens()
                && shape.size(3) == tape.shape().size(2);
        if (!fits) {
            throw new IllegalArgumentException("prompt gradient " + gradient + " for a forward of " + tape.shape()
                    + " with " + tape.promptTokens() + " prompt tokens");
        }
    }
}
