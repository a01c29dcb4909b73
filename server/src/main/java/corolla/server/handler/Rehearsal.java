package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSource;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * Sessions that nobody has asked for. A server that has just started plays some to itself, through all that a client's messages pass but the
 * network, so that the JVM has compiled that code when somebody waits for an answer: the first prompt costs ten times what the second does.
 * Each is on one block, so that a real step waits for no more than that. Confined to its thread.
 */
final class Rehearsal {
    private static final System.Logger LOG = System.getLogger(Rehearsal.class.getName());

    /** As long as a short prompt, or the beginning of an answer that is replayed. */
    private static final int PROMPT_TOKENS = 32;

    private static final int STEPS = 8;

    /** Compiled code is what it will be after so many. */
    private static final int SESSIONS_MAX = 32;

    /** Of a large model or on a slow machine. */
    private static final Duration TIME_MAX = Duration.ofSeconds(15);

    private final ServedModel model;
    private final InferenceHandler inference;
    private final Clock clock;
    private final PeerId self;

    /** @param self as whose sessions they are */
    Rehearsal(ServedModel model, InferenceHandler inference, Clock clock, PeerId self) {
        this.model = model;
        this.inference = inference;
        this.clock = clock;
        this.self = self;
    }

    /**
     * Plays until it is enough, or somebody else opens a session, which does the same.
     *
     * @return how many sessions were played to their end
     */
    int run() throws InterruptedException {
        Deadline end = Deadline.after(clock, TIME_MAX);
        long start = clock.nanoTime();
        int count = 0;
        try {
            while (count < SESSIONS_MAX && !end.isOver(clock) && inference.sessions() == 0) {
                Optional<Span> served = model.blocks().span();
                if (served.isEmpty()) {
                    break;
                }
                play(served.get().start() + count % served.get().length());
                count++;
            }
        } catch (IOException refused) { // there is no room, or the blocks are about to go: then others are at work here
            LOG.log(Level.DEBUG, "rehearsal ended: {0}", refused.getMessage());
        }
        LOG.log(Level.INFO, "rehearsed sessions={0} micros={1}", count, (clock.nanoTime() - start) / 1000);
        return count;
    }

    private void play(int block) throws IOException, InterruptedException {
        int prompt = Math.max(1, Math.min(PROMPT_TOKENS, model.inferenceLengthMax() - STEPS));
        String uid = ChainedUid.of(model.prefix(), new Span(block, block + 1)).toString();
        Queue<byte[]> messages = new ArrayDeque<>();
        messages.add(message(uid, 0, prompt));
        for (int i = 0; i < Math.min(STEPS, model.inferenceLengthMax() - prompt); i++) {
            messages.add(message(uid, prompt + i, 1));
        }
        messages.add(ExpertMessages.write(ExpertRequest.closing()));
        RpcSource source = _ -> inference.sessions() > 1 ? null : messages.poll();
        inference.handle(new Player(self), source, (_, _) -> {});
    }

    private byte[] message(String uid, int position, int tokens) throws IOException {
        float[] values = new float[tokens * model.hiddenSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (position + i) % 19 / 9f - 1;
        }
        WireTensor hidden = TensorCodec.encode(
                MemorySegment.ofArray(values), Shape.of(1, tokens, model.hiddenSize()), DType.F32, Compression.NONE);
        RequestMetadata.Builder metadata = RequestMetadata.builder()
                .argsStructure(ArgsStructure.flat(3))
                .startFromPosition(position)
                .maxLength(Math.min(PROMPT_TOKENS + STEPS, model.inferenceLengthMax()));
        return ExpertMessages.write(new ExpertRequest(
                uid,
                List.of(hidden, WireTensor.absent(DType.F32.torchName()), WireTensor.absent(DType.I64.torchName())),
                metadata.build().write()));
    }

    /** Who calls: we. */
    private record Player(PeerId peer) implements RpcContext {
        @Override
        public String name() {
            return "rehearsal";
        }

        @Override
        public boolean cancelled() {
            return false;
        }
    }
}
