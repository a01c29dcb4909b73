package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.model.block.KvCache;
import corolla.p2p.rpc.RpcSink;
import corolla.server.ServerLimits;
import corolla.server.adapter.AdapterLease;
import corolla.server.backend.Additions;
import corolla.server.backend.Backend;
import corolla.server.backend.Prompts;
import corolla.server.cache.CacheLease;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.DrainNotice;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DeviceException;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One {@code rpc_inference} stream: its cache, its position, and the steps it has answered. Owns cache and buffer.
 *
 * <p>Thread-safe: steps come from the client's stream, and copies of them from other servers' pushes. Whichever copy comes
 * first is processed, on the thread that brought it, and answered on the client's stream; the other is dropped. So there is
 * no queue and no change of threads.
 */
final class InferenceSession implements AutoCloseable {
    private static final byte[] NO_METADATA = {};

    private final ServedModel model;
    private final Backend backend;
    private final ServerLimits limits;
    private final SessionOpening opening;
    private final CacheLease lease;
    private final AdapterLease adapter;
    private final KvCache cache;
    private final StepBuffer buffer;
    private final StepIds finished;
    private final RpcSink responses;
    private final StepPusher pusher;
    private final Clock clock;
    private final Gate gate;
    private boolean failed; // guarded by gate
    private boolean touched; // the cache, by the step that runs; confined to it
    private boolean busy; // guarded by gate
    private boolean closed; // guarded by gate

    /**
     * What the first message fixed for the whole session.
     *
     * @param span the blocks
     * @param batch sequences
     * @param lengthMax tokens of each sequence
     * @param structure how tensors are arguments
     * @param id the client's name for the session, or null
     * @param wantsDrainNotices whether the client understands a {@link DrainNotice}
     */
    record SessionOpening(
            Span span,
            int batch,
            int lengthMax,
            ArgsStructure structure,
            @Nullable String id,
            boolean wantsDrainNotices) {}

    /**
     * Allocates cache and buffer.
     *
     * @param lease the room that the cache takes; adopted
     * @param adapter what the session runs with; adopted
     * @param responses the client's stream; borrowed
     * @param pusher hands outputs to the next servers; borrowed
     */
    InferenceSession(
            ServedModel model,
            Backend backend,
            Clock clock,
            ServerLimits limits,
            SessionOpening opening,
            CacheLease lease,
            AdapterLease adapter,
            RpcSink responses,
            StepPusher pusher) {
        this.model = model;
        this.backend = backend;
        this.limits = limits;
        this.opening = opening;
        this.lease = lease;
        this.adapter = adapter;
        this.responses = responses;
        this.pusher = pusher;
        this.clock = clock;
        this.gate = new Gate(clock);
        this.finished = new StepIds(limits.stepIdsMax());
        this.buffer = new StepBuffer(opening.batch(), model.hiddenSize());
        Span span = opening.span();
        this.cache = backend.blocks()
                .allocateCache(span.start(), span.end(), opening.batch(), Math.max(1, opening.lengthMax()));
    }

    /**
     * Processes a step, unless another copy of it was processed before, and sends the answer.
     *
     * @param deadline for waiting, computing and sending
     */
    void process(ExpertRequest request, RequestMetadata metadata, Deadline deadline)
            throws IOException, InterruptedException {
        enter(deadline);
        boolean done = false;
        try {
            Optional<WireTensor> output = step(request, metadata, deadline);
            if (output.isPresent()) {
                var answer = new ExpertResponse(List.of(output.get()), notice());
                responses.send(ExpertMessages.write(answer), deadline);
            }
            done = true;
        } finally {
            leave(done);
        }
    }

    private Optional<WireTensor> step(ExpertRequest request, RequestMetadata metadata, Deadline deadline)
            throws IOException, InterruptedException {
        String id = metadata.stepId();
        if (id != null && finished.contains(id)) {
            return Optional.empty();
        }
        StepRequest step = StepRequest.of(request.tensors(), opening.structure(), model.hiddenSize());
        check(step);
        Compression compression = model.compression(metadata, 0, 1);
        int position = startOf(metadata.startFromPosition());
        checkLength(position, step.size().tokens());
        touched = true; // until here a refusal leaves the session as it was
        if (position != cache.position()) {
            cache.truncate(position);
        }
        Tensor hidden = buffer.take(step.size().tokens());
        if (step.size().tokens() > 0) {
            TensorCodec.decodeFloats(step.hidden(), hidden.data());
            compute(step, hidden, deadline);
        }
        if (id != null) {
            finished.add(id);
        }
        WireTensor output = TensorCodec.encode(hidden, model.wireType(), compression);
        if (step.prompts() == null) {
            pusher.push(request, metadata, opening.structure().order().getFirst(), output);
        }
        return Optional.of(output);
    }

    /** What the client should know besides: that its blocks are about to go. */
    private byte[] notice() {
        if (!opening.wantsDrainNotices()) {
            return NO_METADATA;
        }
        OptionalDouble seconds = model.blocks().secondsLeft(opening.span());
        return seconds.isPresent() ? new DrainNotice(seconds.getAsDouble()).write() : NO_METADATA;
    }

    private void check(StepRequest step) throws RequestException, ProtocolException {
        if (step.size().batch() != opening.batch()) {
            throw new RequestException(
                    "a step with a batch of " + step.size().batch() + " in a session of " + opening.batch());
        }
        if (step.size().rows() > limits.stepTokensMax()) {
            throw new RequestException(
                    "Task size greater than max_batch_size (" + limits.stepTokensMax() + "), it can't be processed");
        }
        if (step.prompts() != null && step.size().tokens() > 0) {
            RequestTensors.checkPrompts(
                    step.prompts(), opening.span().length(), step.size(), model.hiddenSize(), limits.promptBytesMax());
        }
    }

    /** Where the step begins: where the last one ended, or before that. */
    private int startOf(@Nullable Long wanted) throws RequestException {
        if (wanted == null) {
            return cache.position();
        }
        if (wanted < 0 || wanted > cache.position()) {
            throw new RequestException(
                    "start_from_position " + wanted + " is not within the prefix of " + cache.position() + " tokens");
        }
        return wanted.intValue();
    }

    private void checkLength(int position, int tokens) throws RequestException {
        if ((long) position + tokens > opening.lengthMax()) {
            throw new RequestException("Maximum length exceeded: prefix " + position + " + current " + tokens
                    + " exceeds pre-allocated maximum " + opening.lengthMax());
        }
    }

    private void compute(StepRequest step, Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
        if (step.hypoIds() != null) {
            reorder(step.hypoIds());
        }
        if (step.prompts() == null) {
            backend.infer(hidden, cache, opening.span(), new Additions(null, adapter.adapter()), deadline);
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            Prompts prompts = RequestTensors.prompts(step.prompts(), arena);
            backend.infer(hidden, cache, opening.span(), new Additions(prompts, adapter.adapter()), deadline);
        }
    }

    private void reorder(int[] from) throws IOException {
        try {
            cache.reorder(from);
        } catch (DeviceException failure) {
            throw backend.failed(failure);
        }
    }

    private void enter(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (busy && !closed) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("another step of this session ran until the deadline");
                }
            }
            if (closed || failed) {
                throw new RequestException(closed ? "the session is closed" : "an earlier step of the session failed");
            }
            busy = true;
        } finally {
            gate.unlock();
        }
    }

    private void leave(boolean done) {
        gate.lock();
        try {
            busy = false;
            failed |= touched && !done; // cache and position may be half way
            touched = false;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** Refuses further steps, waits for one that a push may have brought, and frees cache and buffer. */
    @Override
    public void close() {
        awaitIdle();
        buffer.close();
        cache.close();
        lease.close();
        adapter.close();
    }

    /** Memory that a step uses is not freed, interrupted or not; a step ends by its deadline. */
    private void awaitIdle() {
        boolean interrupted = false;
        gate.lock();
        try {
            closed = true;
            gate.signalAll();
            while (busy) {
                interrupted |= awaitSignal();
            }
        } finally {
            gate.unlock();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether the wait was interrupted. */
    private boolean awaitSignal() {
        try {
            gate.await(Deadline.never(clock));
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }
}
