package corolla.p2p.rpc;

import corolla.base.time.Deadline;
import java.io.IOException;

/** Where messages to the other side go. One thread at a time. */
public interface RpcSink {

    /**
     * Sends one message; waits while the other side is not reading.
     *
     * @param message borrowed for the call
     * @throws IllegalArgumentException when it exceeds {@link RpcLimits#frameBytesMax}
     */
    void send(byte[] message, Deadline deadline) throws IOException, InterruptedException;
}
