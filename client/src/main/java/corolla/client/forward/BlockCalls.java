package corolla.client.forward;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.client.session.AnswerWait;
import corolla.client.session.Answers;
import corolla.client.session.Codecs;
import corolla.client.session.ServerCalls;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.SwarmLimits;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One forward or backward through one server: in one message where request and answer are small, in pieces on a stream where one of them
 * is not. Thread-safe.
 */
final class BlockCalls {
    private final ServerCalls calls;
    private final AnswerWait waits;
    private final String prefix;
    private final String adapter;
    private final Codecs.Choice codecs;

    /** Which method, and what it takes and gives. */
    private record Call(Kind kind, Hop hop, List<WireTensor> arguments, int answers, long answerBytes) {}

    private enum Kind {
        FORWARD,
        BACKWARD
    }

    /** @param adapter LoRA adapter that all calls are for; empty for the plain model */
    BlockCalls(ServerCalls calls, AnswerWait waits, String prefix, String adapter, Codecs.Choice codecs) {
        this.calls = calls;
        this.waits = waits;
        this.prefix = prefix;
        this.adapter = adapter;
        this.codecs = codecs;
    }

    /**
     * Runs the hop's blocks.
     *
     * @param input (B, S, H)
     * @param prompts (blocks of the hop, B or 1, P, H), or null
     * @param floats receives the output as f32
     * @return the output in the form it came
     */
    WireTensor forward(Hop hop, WireTensor input, @Nullable Tensor prompts, MemorySegment floats, Deadline deadline)
            throws IOException, InterruptedException {
        Codecs link = codecs.on(hop.peer());
        var arguments = List.of(TensorCodec.repack(input, link.hidden()), packedPrompts(prompts, link));
        var call = new Call(Kind.FORWARD, hop, arguments, 1, input.elements() * Float.BYTES);
        return Answers.output(run(call, link, deadline), input, floats, hop);
    }

    /**
     * Gradients through the hop's blocks.
     *
     * @param input what entered the first of them
     * @param gradient of the last one's output
     * @param prompts those of the forward, or null
     * @param promptGradient (blocks of the hop, B, P, H) heap memory, overwritten; null without prompts
     * @param floats receives the gradient of the input as f32
     * @return the gradient of the input in the form it came
     */
    WireTensor backward(
            Hop hop,
            WireTensor input,
            WireTensor gradient,
            @Nullable Tensor prompts,
            @Nullable Tensor promptGradient,
            MemorySegment floats,
            Deadline deadline)
            throws IOException, InterruptedException {
        Codecs link = codecs.on(hop.peer());
        var arguments = List.of(
                TensorCodec.repack(input, link.hidden()),
                TensorCodec.repack(gradient, link.gradients()),
                packedPrompts(prompts, link));
        long promptElements = promptGradient == null ? 0 : promptGradient.elements();
        int count = promptGradient == null ? 1 : 2;
        var call = new Call(Kind.BACKWARD, hop, arguments, count, (input.elements() + promptElements) * Float.BYTES);
        List<WireTensor> answers = run(call, link, deadline);
        if (answers.size() != count) {
            throw new ProtocolException(hop.peer().shortForm() + " answered a backward of blocks " + hop.span()
                    + " with " + answers.size() + " tensors instead of " + count);
        }
        if (promptGradient != null) {
            Answers.floats(answers.get(1), promptGradient.shape().toArray(), promptGradient.data(), hop);
        }
        return Answers.output(answers.subList(0, 1), input, floats, hop);
    }

    private static WireTensor packedPrompts(@Nullable Tensor prompts, Codecs link) {
        return prompts == null
                ? WireTensor.absent(DType.F32.torchName())
                : TensorCodec.encode(prompts, DType.F32, link.prompts());
    }

    private List<WireTensor> run(Call call, Codecs link, Deadline deadline) throws IOException, InterruptedException {
        String uid = ChainedUid.of(prefix, call.hop.span()).toString();
        RequestMetadata.Builder metadata =
                RequestMetadata.builder().opening(adapter).argsStructure(ArgsStructure.flat(call.arguments.size()));
        if (link.answers() != null) {
            metadata.outputCompression(Collections.nCopies(call.answers, link.answers()));
        }
        byte[] said = metadata.build().write();
        return waits.watch(
                call.hop,
                requestBytes(call),
                () -> isSmall(call) ? unary(call, uid, said, deadline) : streamed(call, uid, said, deadline),
                deadline);
    }

    private static long requestBytes(Call call) {
        long bytes = 0;
        for (WireTensor argument : call.arguments) {
            bytes += argument.elements() * Float.BYTES;
        }
        return bytes;
    }

    /**
     * Stock clients look at the request alone. But gradients of prompts are larger than the prompts when the sequences share them, and a
     * stock server never answers when its unary answer would be too large.
     */
    private static boolean isSmall(Call call) {
        return Math.max(requestBytes(call), call.answerBytes) <= SwarmLimits.UNARY_TENSOR_BYTES_MAX;
    }

    private List<WireTensor> unary(Call call, String uid, byte[] metadata, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] request = ExpertMessages.write(new ExpertRequest(uid, call.arguments, metadata));
        byte[] answer = switch (call.kind) {
            case FORWARD -> calls.forward(call.hop.peer(), request, deadline);
            case BACKWARD -> calls.backward(call.hop.peer(), request, deadline);
        };
        return ExpertMessages.readResponse(answer).tensors();
    }

    private List<WireTensor> streamed(Call call, String uid, byte[] metadata, Deadline deadline)
            throws IOException, InterruptedException {
        try (RpcCall stream = open(call, deadline)) {
            for (WireTensor argument : call.arguments) {
                for (WireTensor piece : TensorPieces.split(argument, SwarmLimits.PIECE_BYTES_MAX)) {
                    stream.send(ExpertMessages.write(new ExpertRequest(uid, List.of(piece), metadata)), deadline);
                }
            }
            stream.endRequests(deadline);
            return receive(stream, call, deadline);
        }
    }

    private RpcCall open(Call call, Deadline deadline) throws IOException, InterruptedException {
        return switch (call.kind) {
            case FORWARD -> calls.openForward(call.hop.peer(), deadline);
            case BACKWARD -> calls.openBackward(call.hop.peer(), deadline);
        };
    }

    private static List<WireTensor> receive(RpcCall stream, Call call, Deadline deadline)
            throws IOException, InterruptedException {
        // An honest answer has elements of at most 8 bytes each, and perhaps a codebook.
        long bytesMax = 2 * call.answerBytes + 8192;
        var pieces = new TensorPieces((int) Math.min(bytesMax, Integer.MAX_VALUE), call.answers);
        for (byte[] message = stream.receive(deadline); message != null; message = stream.receive(deadline)) {
            for (WireTensor piece : ExpertMessages.readResponse(message).tensors()) {
                pieces.add(piece);
            }
        }
        List<WireTensor> tensors = new ArrayList<>(pieces.finish());
        if (tensors.isEmpty()) {
            throw new ProtocolException(stream.peer().shortForm() + " ended " + stream.name() + " without an answer");
        }
        return tensors;
    }
}
