package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.DrainNotice;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One server's part of a session: its stream, its inputs so far, how many of them the server has, and whether the server before it brings
 * it the next. Confined.
 */
final class ServerSession {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    private static final ArgsStructure ARGUMENTS = ArgsStructure.flat(3);
    private static final WireTensor NO_PROMPTS = WireTensor.absent(DType.F32.torchName());

    /** After so long without a step a server is free to end the stream. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** From one search for others in the place of a server that is about to go to the next. */
    private static final Duration BETWEEN_SEARCHES = Duration.ofSeconds(2);

    /** Steps that go through the client after a push that did not come; twice as many each time. */
    private static final int PUSHES_SKIPPED = 16;

    /** What a stream's first window takes: sending it never waits for the server. */
    private static final int SENT_AT_ONCE = 128 << 10;

    final Hop hop;
    final InputHistory history;

    private final SessionParts parts;
    private final Codecs codecs;
    private final boolean canPush;
    private final String uid;
    private final StepTimes times;

    private @Nullable RpcCall stream;
    private String sessionId = "";
    private boolean isOpened; // the first message is out
    private int serverTokens;
    private long lastAnswerNanoTime;

    /** The server is about to go, as it said with its last answer. */
    private boolean isLeaving;

    /** When other servers are looked for, while it is; null: at once. */
    private @Nullable Deadline nextSearch;

    /** The step that the server before this one brings; empty when we do. */
    private String pushedStep = "";

    /** Pushes that did not come, and from how many tokens on they are relied on again. */
    private int pushesMissed;

    private int pushedFromToken;

    ServerSession(Hop hop, InputHistory history, SessionParts parts) {
        this.hop = hop;
        this.history = history;
        this.parts = parts;
        this.codecs = parts.config().codecs().on(hop.peer());
        this.canPush = parts.config().pushes() && parts.routes().canPush(hop.peer());
        this.uid = ChainedUid.of(parts.spec().prefix(), hop.span()).toString();
        this.times = new StepTimes(parts.config());
    }

    /** How many tokens the server's cache holds; those of the history beyond must be replayed first. */
    int serverTokens() {
        return serverTokens;
    }

    /** Opens the stream if there is none; nothing is asked of the server yet. */
    void connect(Deadline deadline) throws IOException, InterruptedException {
        if (stream == null) {
            long start = parts.clock().nanoTime();
            Deadline connected = Deadline.after(parts.clock(), parts.config().connectTimeout());
            stream = parts.calls().openInference(hop.peer(), connected.earlier(deadline));
            isOpened = false;
            serverTokens = 0;
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "connected hop={0} micros={1}",
                    hop,
                    (parts.clock().nanoTime() - start) / 1000);
        }
    }

    /** Whether {@code next} can be brought its inputs by this server. */
    boolean canPushTo(ServerSession next) {
        return canPush && next.canPush && codecs.handOnTo(next.codecs) && next.serverTokens >= next.pushedFromToken;
    }

    /** Hidden states as this server gets them. */
    WireTensor packed(WireTensor hidden) throws ProtocolException {
        return TensorCodec.repack(hidden, codecs.hidden());
    }

    /** Whether its outputs can be compared with another's. */
    boolean isRough() {
        return codecs.isRough();
    }

    /** Whether the server can take a step at {@code position} from another server. */
    boolean isReadyAt(int position) {
        return stream != null && isOpened && serverTokens == position;
    }

    /** The address of this session for the servers before. From now on {@code step} is waited for, not sent. */
    NextServer expect(StepMessage step) {
        pushedStep = step.id();
        return new NextServer(hop.peer(), sessionId, hop.span());
    }

    boolean expects(StepMessage step) {
        return pushedStep.equals(step.id());
    }

    /**
     * The server before has failed: what it was to bring is sent by us.
     *
     * @param isTainted whether what it has brought already, if it has, is wrong; else a copy of ours is dropped by its id
     */
    void expectNothing(boolean isTainted) {
        if (isTainted && !pushedStep.isEmpty()) {
            abandon();
        }
        pushedStep = "";
    }

    /**
     * Runs the server's blocks over the tokens that follow {@link #serverTokens()}.
     *
     * @param input (batch, tokens, hiddenSize), as {@link #packed}
     * @param next who is to be handed the output; asked only when the step is sent, not when it has come by another server
     * @param floats receives the output as f32
     * @return the output in the form it came
     * @throws IOException on any failure; then {@link #abandon} and do without this server
     */
    WireTensor step(
            WireTensor input,
            StepMessage step,
            Supplier<List<NextServer>> next,
            MemorySegment floats,
            Deadline deadline)
            throws IOException, InterruptedException {
        connect(deadline);
        RpcCall open = stream;
        if (open == null) {
            throw new IllegalStateException("connected without a stream");
        }
        long start = parts.clock().nanoTime();
        boolean isPushed = expects(step);
        AnswerWait.Received received = isPushed ? awaitPushed(open, step, deadline) : null;
        byte[] answer;
        if (received != null) {
            answer = received.message();
        } else {
            start = parts.clock().nanoTime(); // a push that was waited for in vain says nothing of this server's pace
            byte[] request = request(input, step, next.get());
            send(open, request, deadline(deadline));
            isOpened = true;
            answer = parts.waits().receive(open, hop, times, step.tokens(), request.length, deadline);
        }
        if (answer == null) {
            throw new StreamEndedException(
                    hop.peer().shortForm() + " ended the session after " + serverTokens + " tokens");
        }
        ExpertResponse response = ExpertMessages.readResponse(answer);
        WireTensor output = Answers.output(response.tensors(), input, floats, hop);
        isLeaving = DrainNotice.read(response.metadata()).isPresent();
        answered(step, start, isPushed);
        return output;
    }

    private void send(RpcCall open, byte[] request, Deadline deadline) throws IOException, InterruptedException {
        if (request.length <= SENT_AT_ONCE) {
            // It waits for nothing but the link, and that only when it carries nothing any more.
            Deadline stuck = Deadline.after(parts.clock(), times.stuckAfter());
            open.send(request, stuck.earlier(deadline));
            return;
        }
        parts.waits()
                .<@Nullable Void>watch(
                        hop,
                        request.length,
                        () -> {
                            open.send(request, deadline);
                            return null;
                        },
                        deadline);
    }

    private void answered(StepMessage step, long start, boolean isPushed) {
        lastAnswerNanoTime = parts.clock().nanoTime();
        long nanos = lastAnswerNanoTime - start;
        times.answered(step.tokens(), nanos);
        serverTokens += step.tokens();
        pushedStep = "";
        if (!isPushed && step.tokens() == 1) {
            parts.routes().stepped(hop, Duration.ofNanos(nanos));
        }
    }

    private Deadline deadline(Deadline deadline) {
        return Deadline.after(parts.clock(), parts.config().requestTimeout()).earlier(deadline);
    }

    /** The answer to a step that another server brings; null when it is high time to send it ourselves, now and for a while. */
    private AnswerWait.@Nullable Received awaitPushed(RpcCall open, StepMessage step, Deadline deadline)
            throws IOException, InterruptedException {
        Deadline late = Deadline.after(parts.clock(), times.doubtAfter(step.tokens()));
        AnswerWait.Received received = AnswerWait.tryReceive(open, late.earlier(deadline));
        if (received == null) {
            pushedFromToken = serverTokens + (PUSHES_SKIPPED << Math.min(pushesMissed++, 10));
        }
        return received;
    }

    private byte[] request(WireTensor input, StepMessage step, List<NextServer> next) {
        RequestMetadata.Builder metadata = RequestMetadata.builder();
        if (!isOpened) {
            sessionId = parts.ids().next();
            metadata.maxLength(parts.spec().tokensMax())
                    .opening(parts.spec().adapter())
                    .drainNotices(parts.routes().givesDrainNotices(hop.peer()));
        }
        metadata.sessionId(sessionId)
                .stepId(step.id())
                .argsStructure(ARGUMENTS)
                .startFromPosition(serverTokens)
                .nextServers(next);
        if (codecs.answers() != null) {
            metadata.outputCompression(List.of(codecs.answers()));
        }
        return ExpertMessages.write(new ExpertRequest(
                uid,
                List.of(input, NO_PROMPTS, step.hypoTensor()),
                metadata.build().write()));
    }

    /** Forgets tokens from {@code position} on; a server that cannot do so is asked anew, from the history. */
    void rollBack(int position) {
        history.truncate(position);
        if (serverTokens <= position) {
            return;
        }
        if (parts.routes().canRollBack(hop.peer())) {
            serverTokens = position;
        } else {
            abandon();
        }
    }

    /** Undoes a step that the chain has given up. What this server has of it may still come from another, late: then not into this stream. */
    void giveUp(StepMessage step, int position) {
        boolean took = history.tokens() > position;
        if (expects(step) || (took && step.hypoIds() != null)) {
            abandon();
        }
        rollBack(position);
        if (took && step.hypoIds() != null) {
            history.forgetReordering();
        }
    }

    /** Whether it is time to look for others in the place of a server that is about to go; not again for a moment. */
    boolean shouldMove() {
        boolean isTime = isLeaving && history.keepsInputs() && (nextSearch == null || nextSearch.isOver(parts.clock()));
        if (isTime) {
            nextSearch = Deadline.after(parts.clock(), BETWEEN_SEARCHES);
        }
        return isTime;
    }

    /** Whether the server may have ended an idle stream, as it is free to do, rather than failed. */
    boolean isLongIdle() {
        return isOpened && parts.clock().nanoTime() - lastAnswerNanoTime > IDLE.toNanos();
    }

    /** Drops the stream, without a word. The history stays. */
    void abandon() {
        if (stream != null) {
            stream.cancel();
            stream = null;
        }
        isOpened = false;
        serverTokens = 0;
        pushedStep = "";
    }

    /** Says goodbye; {@link #awaitEnd} follows. */
    void sendClosing(Deadline deadline) throws IOException, InterruptedException {
        if (stream == null || !isOpened) {
            abandon();
            return;
        }
        stream.send(ExpertMessages.write(ExpertRequest.closing()), deadline);
        stream.endRequests(deadline);
    }

    /** Waits until the server has freed what it kept. */
    void awaitEnd(Deadline deadline) throws IOException, InterruptedException {
        RpcCall closing = stream;
        if (closing == null) {
            return;
        }
        stream = null;
        try (closing) {
            if (closing.receive(deadline) != null) {
                throw new ProtocolException(hop.peer().shortForm() + " answers after the end of the session");
            }
        }
    }

    /** The server ended the stream without saying why. */
    static final class StreamEndedException extends IOException {
        private static final long serialVersionUID = 1;

        StreamEndedException(String message) {
            super(message);
        }
    }
}
