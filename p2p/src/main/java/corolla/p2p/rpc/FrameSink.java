package corolla.p2p.rpc;

import corolla.base.time.Deadline;
import corolla.p2p.Stream;
import java.io.IOException;

/** Writes the frames of a streaming call. One thread at a time. */
final class FrameSink implements RpcSink {
    private final Stream stream;
    private final RpcLimits limits;

    FrameSink(Stream stream, RpcLimits limits) {
        this.stream = stream;
        this.limits = limits;
    }

    @Override
    public void send(byte[] message, Deadline deadline) throws IOException, InterruptedException {
        if (message.length > limits.frameBytesMax()) {
            throw new IllegalArgumentException(
                    "message of " + message.length + " bytes exceeds frameBytesMax " + limits.frameBytesMax());
        }
        stream.write(RpcMessages.frameHead(RpcMessages.MARKER_MESSAGE, message.length), message, deadline);
    }

    /** Nothing may follow. */
    void sendError(String text, Deadline deadline) throws IOException, InterruptedException {
        byte[] payload = RpcMessages.encodeError(text);
        stream.write(RpcMessages.frameHead(RpcMessages.MARKER_END, payload.length), payload, deadline);
    }

    /** Says that no request follows. */
    void sendEnd(Deadline deadline) throws IOException, InterruptedException {
        byte[] end = RpcMessages.frameHead(RpcMessages.MARKER_END, 0);
        stream.write(end, 0, end.length, deadline);
    }
}
