package corolla.p2p.rpc;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.Stream;
import corolla.p2p.StreamResetException;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The requests of a streaming call that we serve; they end with an end frame, never with FIN. One thread at a time. */
final class RequestSource implements RpcSource, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(RequestSource.class.getName());

    private final MessageReader reader;
    private final String call;
    private final RpcLimits limits;
    private boolean ended;

    RequestSource(Stream stream, String call, ByteBudget arriving, RpcLimits limits) {
        this.reader = new MessageReader(stream, call, arriving);
        this.call = call;
        this.limits = limits;
    }

    @Override
    public byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException {
        if (ended) {
            return null;
        }
        byte[] payload = reader.read(MessageForm.MARKED, limits.frameBytesMax(), deadline);
        if (payload == null) {
            throw new StreamResetException("the caller ended " + call + " before its requests were complete");
        }
        if (reader.marker() == RpcMessages.MARKER_MESSAGE) {
            return payload;
        }
        if (reader.marker() != RpcMessages.MARKER_END) {
            throw new ProtocolException("frame marker " + reader.marker() + " is neither 0 nor 1 (" + call + ")");
        }
        ended = true;
        return null;
    }

    /** Reads and drops what the caller still sends, up to its end frame. A caller that is gone is fine. */
    void drain(Deadline deadline) throws InterruptedException {
        long bytes = 0;
        try {
            while (!ended && bytes <= limits.drainBytesMax()) {
                byte[] dropped = receive(deadline);
                bytes += dropped == null ? 0 : dropped.length;
            }
        } catch (IOException gone) {
            LOGGER.log(System.Logger.Level.TRACE, () -> "no end of requests: " + gone.getMessage());
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
