package corolla.client.forward;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.client.routing.Hop;
import corolla.client.session.Answers;
import corolla.client.session.ServerCalls;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.codec.TensorPieces;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.SwarmLimits;
import corolla.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** One forward through one server: in one message where it is small, in pieces on a stream where it is not. Stateless. */
final class ForwardCalls {
    private static final WireTensor NO_PROMPTS = WireTensor.absent(DType.F32.torchName());

    private final ServerCalls calls;
    private final byte[] metadata = RequestMetadata.builder()
            .opening("")
            .argsStructure(ArgsStructure.flat(2))
            .build()
            .write();

    ForwardCalls(ServerCalls calls) {
        this.calls = calls;
    }

    /**
     * Runs the hop's blocks.
     *
     * @param floats receives the output as f32
     * @return the output in the form it came
     */
    WireTensor call(Hop hop, String prefix, WireTensor input, MemorySegment floats, Deadline deadline)
            throws IOException, InterruptedException {
        String uid = ChainedUid.of(prefix, hop.span()).toString();
        boolean isSmall = input.byteCount() <= SwarmLimits.UNARY_TENSOR_BYTES_MAX;
        List<WireTensor> outputs = isSmall ? unary(hop, uid, input, deadline) : streamed(hop, uid, input, deadline);
        return Answers.output(outputs, input, floats, hop);
    }

    private List<WireTensor> unary(Hop hop, String uid, WireTensor input, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] request = ExpertMessages.write(new ExpertRequest(uid, List.of(input, NO_PROMPTS), metadata));
        return ExpertMessages.readResponse(calls.forward(hop.peer(), request, deadline))
                .tensors();
    }

    private List<WireTensor> streamed(Hop hop, String uid, WireTensor input, Deadline deadline)
            throws IOException, InterruptedException {
        try (RpcCall call = calls.openForward(hop.peer(), deadline)) {
            for (WireTensor argument : List.of(input, NO_PROMPTS)) {
                for (WireTensor piece : TensorPieces.split(argument, SwarmLimits.PIECE_BYTES_MAX)) {
                    call.send(ExpertMessages.write(new ExpertRequest(uid, List.of(piece), metadata)), deadline);
                }
            }
            call.endRequests(deadline);
            return receive(call, input, deadline);
        }
    }

    private static List<WireTensor> receive(RpcCall call, WireTensor input, Deadline deadline)
            throws IOException, InterruptedException {
        // An honest answer has as many elements as the request, of at most 8 bytes each.
        var pieces = new TensorPieces(2 * input.byteCount() + 1024, 1);
        for (byte[] message = call.receive(deadline); message != null; message = call.receive(deadline)) {
            for (WireTensor piece : ExpertMessages.readResponse(message).tensors()) {
                pieces.add(piece);
            }
        }
        List<WireTensor> tensors = pieces.finish();
        if (tensors.isEmpty()) {
            throw new ProtocolException(call.peer().shortForm() + " ended a forward call without an answer");
        }
        return tensors;
    }
}
