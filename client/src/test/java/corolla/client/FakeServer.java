package corolla.client;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RemoteException;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.DrainNotice;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.NextServer;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server whose "blocks" are simple but remember: block b adds b + 1 to each value and a tenth of the sum of all values before it in the
 * sequence. So a wrong, missing or repeated token in a cache shows in every later output.
 */
public final class FakeServer {
    /** How a message may be answered wrongly. */
    public enum Fault {
        ERROR,
        END,
        NO_ANSWER,
        NOT_A_NUMBER,
        ABSURD,
        WRONG_SHAPE,
        TWO_TENSORS,
        GARBAGE,
        /** Computes, hands the output on, and is gone before its client gets it. */
        DIES_AFTER_PUSH
    }

    private final FakeSwarm swarm;
    public final PeerId peer;
    public final Span span;
    /** Every message that opened or continued a session here, as it came. */
    public final List<RequestMetadata> received = new ArrayList<>();

    public final List<Integer> receivedTokens = new ArrayList<>();
    public int opened;
    public int closedInOrder;
    public int forwards;
    public int forwardStreams;
    public int backwards;
    public int backwardStreams;
    /** After so many calls of one direction the server is gone. */
    public int diesAfter = Integer.MAX_VALUE;
    /** What it says to every step, forward and backward instead of an answer. */
    public @Nullable String refusal;

    public @Nullable Compression lastCompression;
    /** Announced; a request for another is refused. */
    public List<String> adapters = List.of();
    /** Those of all requests, as they came. */
    public final List<String> asked = new ArrayList<>();

    private final List<Call> calls = new ArrayList<>();
    public boolean refusesToOpen;
    /** Gives no answer to anything, but takes what it is sent. */
    public boolean isSilent;
    /** What it is sent does not even leave the client: the link is stuck. */
    public boolean isStuck;
    /** Tells sessions that it is about to go. */
    public boolean isLeaving;
    /** Announces pushes, and makes them. */
    public boolean pushes;
    /** Its pushes get lost. */
    public boolean losesPushes;
    /** Outputs are multiplied by this: plausible, and wrong. */
    public float distortion = 1;

    /** Packs its answers as it likes, as stock servers do in sessions. */
    public boolean ignoresCompression;

    public int pushesTaken;
    public DType dtype = DType.F32;
    /** What goes wrong with the message of this number, counted from 0 over all sessions. */
    public @Nullable Fault fault;

    public int faultAt = -1;

    FakeServer(FakeSwarm swarm, PeerId peer, Span span) {
        this.swarm = swarm;
        this.peer = peer;
        this.span = span;
    }

    /** From the next message on. */
    public void failNext(Fault kind) {
        fault = kind;
        faultAt = received.size();
    }

    /** Ends all sessions without a word, as servers do with idle ones. */
    public void endIdleSessions() {
        calls.forEach(call -> call.ended = true);
    }

    RpcCall open() throws IOException {
        opened++;
        if (refusesToOpen) {
            throw new IOException("connection refused");
        }
        var call = new Call();
        calls.add(call);
        return call;
    }

    byte[] forward(byte[] message) throws IOException {
        forwards++;
        checkAlive(forwards);
        ExpertRequest request = ExpertMessages.readRequest(message);
        checkAdapter(request);
        return ExpertMessages.write(ExpertResponse.of(compute(request, List.of(), 0)));
    }

    byte[] backward(byte[] message) throws IOException {
        backwards++;
        checkAlive(backwards);
        ExpertRequest request = ExpertMessages.readRequest(message);
        checkAdapter(request);
        return ExpertMessages.write(new ExpertResponse(gradients(request), new byte[0]));
    }

    private void checkAdapter(ExpertRequest request) throws IOException {
        String adapter = RequestMetadata.read(request.metadata()).activeAdapter();
        asked.add(adapter);
        if (!adapter.isEmpty() && !adapters.contains(adapter)) {
            throw new RemoteException("rpc", peer, "adapter " + adapter + " not found");
        }
    }

    private void checkAlive(int calls) throws IOException {
        if (refusesToOpen || calls > diesAfter) {
            throw new IOException("connection refused");
        }
        if (refusal != null) {
            throw new RemoteException("rpc_forward", peer, refusal);
        }
    }

    RpcCall openForward() throws IOException {
        forwardStreams++;
        return new StreamedCall(false);
    }

    RpcCall openBackward() throws IOException {
        backwardStreams++;
        return new StreamedCall(true);
    }

    /** The transpose of what {@link #compute} does without a cache, and for each prompt the gradient where it was added. */
    private List<WireTensor> gradients(ExpertRequest request) throws ProtocolException {
        Span blocks = served(request);
        WireTensor out = request.tensors().get(1);
        WireTensor prompts = request.tensors().get(2);
        float[] gradient = new float[(int) out.elements()];
        TensorCodec.decodeFloats(out, MemorySegment.ofArray(gradient));
        int batch = (int) out.size(0);
        int tokens = (int) out.size(1);
        int width = (int) out.size(2);
        int promptTokens = prompts.isAbsent() ? 0 : (int) prompts.size(2);
        float[] ofPrompts = new float[blocks.length() * batch * promptTokens * width];
        for (int block = blocks.length() - 1; block >= 0; block--) {
            for (int b = 0; b < batch; b++) {
                for (int i = 0; i < width; i++) {
                    float later = 0;
                    for (int t = tokens - 1; t >= 0; t--) {
                        int at = (b * tokens + t) * width + i;
                        float own = gradient[at];
                        gradient[at] = own * 0.5f + 0.1f * later;
                        later += own;
                        if (t < promptTokens) {
                            ofPrompts[((block * batch + b) * promptTokens + t) * width + i] = gradient[at];
                        }
                    }
                }
            }
        }
        var answers = new ArrayList<WireTensor>();
        answers.add(
                TensorCodec.encode(MemorySegment.ofArray(gradient), Shape.of(out.sizes()), dtype, Compression.NONE));
        if (promptTokens > 0) {
            answers.add(TensorCodec.encode(
                    MemorySegment.ofArray(ofPrompts),
                    Shape.of(blocks.length(), batch, promptTokens, width),
                    dtype,
                    Compression.NONE));
        }
        return answers;
    }

    private Span served(ExpertRequest request) throws ProtocolException {
        Span blocks = ChainedUid.parse(request.uid()).span().orElseThrow();
        if (!span.contains(blocks)) {
            throw new ProtocolException("Remote peer does not serve " + blocks);
        }
        return blocks;
    }

    private static float[] prompts(ExpertRequest request) throws ProtocolException {
        boolean isCall =
                request.tensors().size() > 1 && !request.tensors().get(1).isAbsent();
        if (!isCall) {
            return new float[0];
        }
        WireTensor prompts = request.tensors().get(1);
        float[] values = new float[(int) prompts.elements()];
        TensorCodec.decodeFloats(prompts, MemorySegment.ofArray(values));
        return values;
    }

    /** What the blocks of a chained uid make of a tensor after the rows of {@code before}. */
    private WireTensor compute(ExpertRequest request, List<float[][]> before, int position) throws ProtocolException {
        Span blocks = served(request);
        WireTensor hidden = request.tensors().getFirst();
        lastCompression = hidden.compression();
        float[] prompts = prompts(request);
        float[] values = new float[(int) hidden.elements()];
        TensorCodec.decodeFloats(hidden, MemorySegment.ofArray(values));
        int batch = (int) hidden.size(0);
        int tokens = (int) hidden.size(1);
        int width = (int) hidden.size(2);
        for (int block = blocks.start(); block < blocks.end(); block++) {
            if (prompts.length > 0) {
                add(prompts, request.tensors().get(1), block - blocks.start(), values, hidden);
            }
            float[][] sums = block - blocks.start() < before.size()
                    ? before.get(block - blocks.start())
                    : new float[position + tokens][batch * width];
            for (int t = 0; t < tokens; t++) {
                for (int b = 0; b < batch; b++) {
                    for (int i = 0; i < width; i++) {
                        int at = (b * tokens + t) * width + i;
                        float sum = position + t == 0 ? 0 : sums[position + t - 1][b * width + i];
                        sums[position + t][b * width + i] = sum + values[at];
                        values[at] = (values[at] * 0.5f + block + 1 + 0.1f * sum) * distortion;
                    }
                }
            }
        }
        List<Compression> wanted = RequestMetadata.read(request.metadata()).outputCompression();
        Compression answer = wanted == null || ignoresCompression ? Compression.NONE : wanted.getFirst();
        return TensorCodec.encode(MemorySegment.ofArray(values), Shape.of(hidden.sizes()), dtype, answer);
    }

    private static void add(float[] prompts, WireTensor form, int block, float[] values, WireTensor hidden) {
        int sequences = (int) form.size(1);
        int promptTokens = (int) form.size(2);
        int width = (int) form.size(3);
        for (int b = 0; b < hidden.size(0); b++) {
            for (int i = 0; i < promptTokens * width; i++) {
                int sequence = sequences == 1 ? 0 : b;
                values[b * (int) hidden.size(1) * width + i] +=
                        prompts[(block * sequences + sequence) * promptTokens * width + i];
            }
        }
    }

    /** One inference session. */
    private final class Call implements RpcCall {
        private final Deque<byte[]> answers = new ArrayDeque<>();
        private boolean asksForNotices;
        private List<float[][]> sums = List.of();
        private @Nullable String sessionId;
        private long tokensMax;
        private int position;
        private @Nullable IOException failure;
        private boolean ended;
        private boolean silent;
        private final Set<String> finished = new LinkedHashSet<>();

        @Override
        public void send(byte[] message, Deadline deadline) throws IOException {
            if (failure != null) {
                throw failure;
            }
            if (isStuck) {
                swarm.clock.advance(deadline.remaining(swarm.clock));
                throw new DeadlineException("nothing left in time");
            }
            if (ended) {
                return;
            }
            ExpertRequest request = ExpertMessages.readRequest(message);
            if (request.isClosing()) {
                closedInOrder++;
                ended = true;
                return;
            }
            RequestMetadata metadata = RequestMetadata.read(request.metadata());
            if (sessionId == null) { // the adapter is told once
                checkAdapter(request);
            }
            received.add(metadata);
            receivedTokens.add((int) request.tensors().getFirst().size(1));
            asksForNotices |= metadata.wantsDrainNotices();
            take(request, metadata);
        }

        /** A step from the client, or from another server: the second copy is dropped. */
        private void take(ExpertRequest request, RequestMetadata metadata) throws IOException {
            if (isSilent || ended || !finished.add(Objects.requireNonNull(metadata.stepId()))) {
                return;
            }
            if (refusal != null) {
                failure = new RemoteException("rpc_inference", peer, refusal);
                return;
            }
            boolean isFaulty = faultAt >= 0 && received.size() > faultAt;
            if (isFaulty && fault != Fault.DIES_AFTER_PUSH) {
                answers.addAll(faulty(request, metadata));
                return;
            }
            WireTensor output = step(request, metadata);
            push(request, metadata, output);
            if (isFaulty) {
                failure = new IOException("connection reset");
                return;
            }
            byte[] notice = isLeaving && asksForNotices ? new DrainNotice(60).write() : new byte[0];
            answers.add(ExpertMessages.write(new ExpertResponse(List.of(output), notice)));
        }

        private void push(ExpertRequest request, RequestMetadata metadata, WireTensor output) throws IOException {
            if (!pushes || losesPushes || metadata.nextServers().isEmpty()) {
                return;
            }
            NextServer to = metadata.nextServers().getFirst();
            FakeServer next = swarm.servers.get(to.peer());
            if (next == null) {
                return;
            }
            var rest = metadata.nextServers().subList(1, metadata.nextServers().size());
            byte[] pushed = RequestMetadata.pushed(request.metadata(), to, rest);
            var tensors = new ArrayList<>(request.tensors());
            tensors.set(0, output);
            String uid = ChainedUid.of(FakeSwarm.PREFIX, to.span()).toString();
            for (Call call : next.calls) {
                if (to.sessionId().equals(call.sessionId)) {
                    next.pushesTaken++;
                    call.take(new ExpertRequest(uid, tensors, pushed), RequestMetadata.read(pushed));
                }
            }
        }

        private WireTensor step(ExpertRequest request, RequestMetadata metadata) throws ProtocolException {
            WireTensor hidden = request.tensors().getFirst();
            int width = (int) hidden.size(2);
            if (sessionId == null) {
                sessionId = metadata.sessionId();
                tokensMax = Objects.requireNonNull(metadata.maxLength());
                int length = ChainedUid.parse(request.uid()).length();
                sums = new ArrayList<>();
                for (int i = 0; i < length; i++) {
                    sums.add(new float[(int) tokensMax][(int) hidden.size(0) * width]);
                }
            }
            long start = Objects.requireNonNull(metadata.startFromPosition());
            if (start > position || !Objects.equals(sessionId, metadata.sessionId())) {
                throw new ProtocolException("start " + start + " at " + position);
            }
            WireTensor hypoIds = request.tensors().get(2);
            if (!hypoIds.isAbsent()) {
                reorder(TensorCodec.decodeLongs(hypoIds, 64), (int) start, width);
            }
            WireTensor output = compute(request, sums, (int) start);
            position = (int) (start + hidden.size(1));
            return output;
        }

        private void reorder(long[] from, int tokens, int width) {
            for (float[][] block : sums) {
                for (int t = 0; t < tokens; t++) {
                    float[] old = block[t].clone();
                    for (int b = 0; b < from.length; b++) {
                        System.arraycopy(old, (int) from[b] * width, block[t], b * width, width);
                    }
                }
            }
        }

        private List<byte[]> faulty(ExpertRequest request, RequestMetadata metadata) throws IOException {
            WireTensor hidden = request.tensors().getFirst();
            return switch (Objects.requireNonNull(fault)) {
                case ERROR -> {
                    failure = new RemoteException("rpc_inference", peer, "out of memory");
                    yield List.of();
                }
                case END -> {
                    ended = true;
                    yield List.of();
                }
                case NO_ANSWER -> {
                    silent = true; // but it answers pings: its handler hangs
                    yield List.of();
                }
                case NOT_A_NUMBER -> {
                    float[] values = new float[(int) hidden.elements()];
                    values[values.length - 1] = Float.NaN;
                    WireTensor nonsense = TensorCodec.encode(
                            MemorySegment.ofArray(values), Shape.of(hidden.sizes()), DType.F32, Compression.NONE);
                    push(request, metadata, nonsense);
                    yield answer(nonsense);
                }
                case ABSURD -> {
                    float[] values = new float[(int) hidden.elements()];
                    values[0] = -3e30f;
                    yield answer(TensorCodec.encode(
                            MemorySegment.ofArray(values), Shape.of(hidden.sizes()), DType.F32, Compression.NONE));
                }
                case DIES_AFTER_PUSH -> throw new IllegalStateException("handled before");
                case WRONG_SHAPE -> answer(WireTensor.of(new byte[8], "float32", Compression.NONE, 1, 1, 2));
                case TWO_TENSORS -> answer(hidden, hidden);
                case GARBAGE -> List.of(new byte[] {(byte) 0xFF, 1, 2, 3});
            };
        }

        private static List<byte[]> answer(WireTensor... tensors) {
            return List.of(ExpertMessages.write(ExpertResponse.of(tensors)));
        }

        @Override
        public byte @Nullable [] receive(Deadline deadline) throws IOException {
            if (failure != null) {
                throw failure;
            }
            if (!answers.isEmpty()) {
                return answers.remove();
            }
            if (silent || isSilent || !ended) {
                swarm.clock.advance(deadline.remaining(swarm.clock));
                throw new DeadlineException("no answer from " + peer.shortForm());
            }
            return null;
        }

        @Override
        public PeerId peer() {
            return peer;
        }

        @Override
        public String name() {
            return "rpc_inference";
        }

        @Override
        public void endRequests(Deadline deadline) {}

        @Override
        public void cancel() {
            ended = true;
        }

        @Override
        public void close() {
            ended = true;
        }
    }

    /** One streamed forward or backward: computes when the requests end. */
    private final class StreamedCall implements RpcCall {
        private final boolean backward;
        private final TensorPieces pieces = new TensorPieces(1 << 30, 4);
        private final Deque<byte[]> answers = new ArrayDeque<>();
        private String uid = "";

        StreamedCall(boolean backward) {
            this.backward = backward;
        }

        @Override
        public void send(byte[] message, Deadline deadline) throws IOException {
            ExpertRequest request = ExpertMessages.readRequest(message);
            uid = request.uid();
            checkAdapter(request);
            pieces.add(request.tensors().getFirst());
        }

        @Override
        public void endRequests(Deadline deadline) throws IOException {
            var request = new ExpertRequest(uid, pieces.finish(), new byte[0]);
            List<WireTensor> outputs = backward ? gradients(request) : List.of(compute(request, List.of(), 0));
            for (WireTensor output : outputs) {
                for (WireTensor piece : TensorPieces.split(output, 1 << 20)) {
                    answers.add(ExpertMessages.write(ExpertResponse.of(piece)));
                }
            }
        }

        @Override
        public byte @Nullable [] receive(Deadline deadline) {
            return answers.poll();
        }

        @Override
        public PeerId peer() {
            return peer;
        }

        @Override
        public String name() {
            return backward ? "rpc_backward_stream" : "rpc_forward_stream";
        }

        @Override
        public void cancel() {}

        @Override
        public void close() {}
    }
}
