package corolla.p2p.rpc;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A streaming call of ours. One sender, one receiver; the rest from any thread. */
final class StreamCall implements RpcCall {
    private final Stream stream;
    private final RpcLimits limits;
    private final FrameSink sink;
    private final MessageReader reader;
    private final AtomicBoolean requestsEnded = new AtomicBoolean();
    private volatile boolean responsesEnded;

    StreamCall(Stream stream, ByteBudget arriving, RpcLimits limits) {
        this.stream = stream;
        this.limits = limits;
        this.sink = new FrameSink(stream, limits);
        this.reader = new MessageReader(stream, stream.protocol() + " at " + peer().shortForm(), arriving);
    }

    @Override
    public PeerId peer() {
        return stream.remotePeer();
    }

    @Override
    public String name() {
        return stream.protocol();
    }

    @Override
    public void send(byte[] message, Deadline deadline) throws IOException, InterruptedException {
        if (requestsEnded.get()) {
            throw new IllegalStateException("a request follows the end of requests of " + name());
        }
        sink.send(message, deadline);
    }

    @Override
    public void endRequests(Deadline deadline) throws IOException, InterruptedException {
        if (requestsEnded.compareAndSet(false, true)) {
            sink.sendEnd(deadline);
        }
    }

    @Override
    public byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException {
        if (responsesEnded) {
            return null;
        }
        byte[] payload = reader.read(MessageForm.MARKED, limits.frameBytesMax(), deadline);
        if (payload == null) {
            responsesEnded = true;
            return null;
        }
        return switch (reader.marker()) {
            case RpcMessages.MARKER_MESSAGE -> payload;
            case RpcMessages.MARKER_END -> {
                responsesEnded = true;
                throw remoteFailure(payload);
            }
            default ->
                throw new ProtocolException("frame marker " + reader.marker() + " is neither 0 nor 1 (" + name()
                        + " at " + peer().shortForm() + ")");
        };
    }

    private RemoteException remoteFailure(byte[] payload) throws ProtocolException {
        return new RemoteException(
                name(), peer(), RpcErrors.cut(RpcMessages.decodeError(payload), limits.errorTextMax()));
    }

    @Override
    public void cancel() {
        stream.reset();
        reader.close();
    }

    @Override
    public void close() {
        if (responsesEnded) {
            stream.close();
        } else {
            stream.reset();
        }
        reader.close();
    }
}
