package corolla.p2p.rpc;

import corolla.base.ProtocolException;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Serves one unary method. Thread-safe: each call has a thread of its own. */
final class UnaryService implements StreamHandler {
    private static final byte[] NO_CALL_ID = new byte[RpcMessages.CALL_ID_BYTES];

    private final String name;
    private final UnaryHandler handler;
    private final ServedCalls calls;
    private final ByteBudget arriving;
    private final RpcLimits limits;
    private final Clock clock;

    UnaryService(
            String name, UnaryHandler handler, ServedCalls calls, ByteBudget arriving, RpcLimits limits, Clock clock) {
        this.name = name;
        this.handler = handler;
        this.calls = calls;
        this.arriving = arriving;
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public void handle(Stream stream) throws IOException, InterruptedException {
        ServedCall call = new ServedCall(stream, name);
        try {
            calls.enter(call);
        } catch (IllegalStateException full) {
            sendError(stream, NO_CALL_ID, full); // no caller compares the call id, see docs/wire/rpc.md
            return;
        }
        try {
            serve(call, stream);
        } finally {
            calls.leave(call);
        }
    }

    private void serve(ServedCall call, Stream stream) throws IOException, InterruptedException {
        RpcMessages.UnaryRequest request = receive(call, stream);
        if (request == null) {
            return; // as p2pd: a request that cannot be read is answered by the end of the stream
        }
        byte[] response;
        try {
            response = call.run(() -> handler.handle(call, request.data()));
            checkSize(response);
        } catch (Exception failure) {
            if (call.cancelled()) {
                stream.reset();
                return;
            }
            HandlerFailures.log(call, failure);
            sendError(stream, request.callId(), failure);
            HandlerFailures.rethrowInterruption(failure);
            return;
        }
        if (!call.cancelled()) {
            stream.writeLast(RpcMessages.responseHead(request.callId(), response.length), response, responseDeadline());
        }
    }

    private RpcMessages.@Nullable UnaryRequest receive(ServedCall call, Stream stream)
            throws IOException, InterruptedException {
        try (MessageReader reader = new MessageReader(stream, call.toString(), arriving)) {
            byte[] message = reader.read(
                    MessageForm.DELIMITED, limits.unaryBytesMax(), Deadline.after(clock, limits.requestTime()));
            return message == null ? null : RpcMessages.decodeRequest(message);
        } catch (ProtocolException malformed) {
            HandlerFailures.log(call, malformed);
            return null;
        }
    }

    /** Against the limit for the data alone; the envelope of a response is 30 bytes at most. */
    private void checkSize(byte[] response) {
        int bytesMax = limits.unaryBytesMax() - Rpc.ENVELOPE_BYTES_MAX;
        if (response.length > bytesMax) {
            throw new IllegalStateException(
                    "the response of " + response.length + " bytes exceeds the unary limit of " + bytesMax);
        }
    }

    private void sendError(Stream stream, byte[] callId, Exception failure) throws IOException, InterruptedException {
        byte[] text = RpcErrors.repr(failure, limits.errorTextMax()).getBytes(StandardCharsets.UTF_8);
        stream.writeLast(RpcMessages.errorHead(callId, text.length), text, responseDeadline());
    }

    private Deadline responseDeadline() {
        return Deadline.after(clock, limits.responseTime());
    }
}
