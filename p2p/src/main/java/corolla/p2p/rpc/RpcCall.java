package corolla.p2p.rpc;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.io.IOException;

/**
 * One streaming call of ours. One thread may send while another receives; {@link #close} and {@link #cancel} come from any
 * thread.
 */
public interface RpcCall extends RpcSource, RpcSink, AutoCloseable {

    /** Who serves the call. */
    PeerId peer();

    String name();

    /** Says that no request follows; responses may still come. Idempotent. */
    void endRequests(Deadline deadline) throws IOException, InterruptedException;

    /** Ends the call at once: the callee's handler is cancelled if it still runs. Idempotent. */
    void cancel();

    /**
     * Gives the stream back: a normal end when all responses were received, otherwise the same as {@link #cancel}. Idempotent,
     * never waits.
     */
    @Override
    void close();
}
