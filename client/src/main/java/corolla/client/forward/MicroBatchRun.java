package corolla.client.forward;

import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One micro-batch on its way through servers, there and back. A server that fails loses exactly its blocks: the way from there is planned
 * anew, and what others have done stays. Confined.
 */
final class MicroBatchRun {
    private final BlockCalls calls;
    private final Attempts attempts;
    private final MicroBatch batch;
    private final Span blocks;

    /** @param blocks of the whole pass: the prompts begin with the first of them */
    MicroBatchRun(BlockCalls calls, Attempts attempts, MicroBatch batch, Span blocks) {
        this.calls = calls;
        this.attempts = attempts;
        this.batch = batch;
        this.blocks = blocks;
    }

    /**
     * Runs some of the blocks.
     *
     * @param floats receives the output as f32
     * @return what each server was fed
     */
    List<Tape.Step> forward(Span span, WireTensor input, MemorySegment floats, Deadline deadline)
            throws IOException, InterruptedException {
        var steps = new ArrayList<Tape.Step>();
        Deque<Hop> hops = new ArrayDeque<>();
        WireTensor hidden = input;
        int block = span.start();
        while (block < span.end()) {
            if (hops.isEmpty()) {
                hops.addAll(attempts.plan(new Span(block, span.end()), deadline));
            }
            Hop hop = hops.removeFirst();
            try {
                WireTensor output = calls.forward(hop, hidden, prompts(hop), floats, attempts.answerBy(deadline));
                attempts.succeeded(hop);
                steps.add(new Tape.Step(hop, hidden));
                hidden = output;
                block = hop.span().end();
            } catch (IOException e) {
                hops.clear();
                attempts.failed(hop, e, deadline);
            }
        }
        return steps;
    }

    /**
     * Goes the way back.
     *
     * @param steps those of the forward
     * @param gradient of the output
     * @param floats receives the gradient of the input as f32
     * @param promptGradient (blocks, B, P, H) in heap memory, overwritten; null without prompts
     */
    void backward(
            List<Tape.Step> steps,
            WireTensor gradient,
            MemorySegment floats,
            @Nullable Tensor promptGradient,
            Deadline deadline)
            throws IOException, InterruptedException {
        Deque<Tape.Step> open = new ArrayDeque<>(steps);
        WireTensor flowing = gradient;
        while (!open.isEmpty()) {
            Tape.Step step = open.removeLast();
            Hop hop = step.hop();
            try {
                flowing = calls.backward(
                        hop,
                        step.input(),
                        flowing,
                        prompts(hop),
                        gradientOf(hop, promptGradient),
                        floats,
                        attempts.answerBy(deadline));
                attempts.succeeded(hop);
            } catch (IOException e) {
                attempts.failed(hop, e, deadline);
                // Who else has these blocks may cut them otherwise: their inputs on the way are those of a new forward.
                Tensor scratch = MicroBatch.heap(batch.shape().toArray());
                open.addAll(forward(hop.span(), step.input(), scratch.data(), deadline));
            }
        }
    }

    private @Nullable Tensor prompts(Hop hop) {
        return batch.prompts(hop.span().start() - blocks.start(), hop.span().end() - blocks.start());
    }

    private @Nullable Tensor gradientOf(Hop hop, @Nullable Tensor promptGradient) {
        if (promptGradient == null) {
            return null;
        }
        return new MicroBatch(0, batch.count(), batch.shape(), promptGradient)
                .prompts(hop.span().start() - blocks.start(), hop.span().end() - blocks.start());
    }
}
