package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One server's part of a session: its stream, its inputs so far, and how many of them the server has. Confined. */
final class ServerSession {
    private static final ArgsStructure ARGUMENTS = ArgsStructure.flat(3);
    private static final WireTensor NO_PROMPTS = WireTensor.absent(DType.F32.torchName());
    private static final WireTensor NO_HYPO_IDS = WireTensor.absent(DType.I64.torchName());

    final Hop hop;
    final InputHistory history;

    private final ServerCalls calls;
    private final Clock clock;
    private final SessionConfig config;
    private final SessionIds ids;
    private final String uid;
    private final int tokensMax;

    private @Nullable RpcCall stream;
    private String sessionId = "";
    private boolean isOpened; // the first message is out
    private int serverTokens;
    private long lastAnswerNanoTime;

    ServerSession(
            Hop hop,
            InputHistory history,
            SessionSpec spec,
            SessionIds ids,
            ServerCalls calls,
            Clock clock,
            SessionConfig config) {
        this.hop = hop;
        this.history = history;
        this.calls = calls;
        this.clock = clock;
        this.config = config;
        this.uid = ChainedUid.of(spec.prefix(), hop.span()).toString();
        this.tokensMax = spec.tokensMax();
        this.ids = ids;
    }

    /** How many tokens the server's cache holds; those of the history beyond must be replayed first. */
    int serverTokens() {
        return serverTokens;
    }

    /** Opens the stream if there is none; nothing is asked of the server yet. */
    void connect(Deadline deadline) throws IOException, InterruptedException {
        if (stream == null) {
            stream = calls.openInference(
                    hop.peer(), Deadline.after(clock, config.connectTimeout()).earlier(deadline));
            isOpened = false;
            serverTokens = 0;
        }
    }

    /**
     * Runs the server's blocks over the tokens that follow {@link #serverTokens()}.
     *
     * @param input (batch, tokens, hiddenSize)
     * @param stepId one for each step of the whole chain
     * @param floats receives the output as f32
     * @return the output in the form it came
     * @throws IOException on any failure; then {@link #abandon} and do without this server
     */
    WireTensor step(WireTensor input, String stepId, MemorySegment floats, Deadline deadline)
            throws IOException, InterruptedException {
        connect(deadline);
        RpcCall open = stream;
        if (open == null) {
            throw new IllegalStateException("connected without a stream");
        }
        Deadline answerBy = Deadline.after(clock, config.requestTimeout()).earlier(deadline);
        open.send(request(input, stepId), answerBy);
        isOpened = true;
        byte[] answer = open.receive(answerBy);
        if (answer == null) {
            throw new StreamEndedException(
                    hop.peer().shortForm() + " ended the session after " + serverTokens + " tokens");
        }
        WireTensor output = Answers.output(ExpertMessages.readResponse(answer).tensors(), input, floats, hop);
        serverTokens += (int) input.size(1);
        lastAnswerNanoTime = clock.nanoTime();
        return output;
    }

    private byte[] request(WireTensor input, String stepId) {
        RequestMetadata.Builder metadata = RequestMetadata.builder();
        if (!isOpened) {
            sessionId = ids.next();
            metadata.maxLength(tokensMax).opening("");
        }
        metadata.sessionId(sessionId).stepId(stepId).argsStructure(ARGUMENTS).startFromPosition(serverTokens);
        return ExpertMessages.write(new ExpertRequest(
                uid, List.of(input, NO_PROMPTS, NO_HYPO_IDS), metadata.build().write()));
    }

    /** Whether the server or its history knows tokens from {@code position} on. */
    boolean isBeyond(int position) {
        return serverTokens > position || history.tokens() > position;
    }

    /** Forgets tokens from {@code position} on; a server that cannot do so is asked anew, from the history. */
    void rollBack(int position, boolean serverCan) {
        history.truncate(position);
        if (serverTokens <= position) {
            return;
        }
        if (serverCan) {
            serverTokens = position;
        } else {
            abandon();
        }
    }

    /** Whether the server may have ended an idle stream, as it is free to do, rather than failed. */
    boolean isLongIdle() {
        return isOpened && clock.nanoTime() - lastAnswerNanoTime > 30_000_000_000L;
    }

    /** Drops the stream, without a word. The history stays. */
    void abandon() {
        if (stream != null) {
            stream.cancel();
            stream = null;
        }
        isOpened = false;
        serverTokens = 0;
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
