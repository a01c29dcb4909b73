package corolla.p2p.rpc;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import java.io.IOException;

/** Remote procedure calls of one host, ours and those that it serves. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // the bodies follow
public final class Rpc implements AutoCloseable {
    private final Environment environment;
    private final Host host;
    private final RpcLimits limits;

    public Rpc(Environment environment, Host host, RpcLimits limits) {
        this.environment = environment;
        this.host = host;
        this.limits = limits;
    }

    /**
     * Serves a unary method.
     *
     * @param name {@code ClassName.method_name}, which is the libp2p protocol id too
     */
    public void handleUnary(String name, UnaryHandler handler) {
        throw new IllegalStateException(name + handler + environment + limits);
    }

    /** Serves a streaming method; whether a method is unary or streaming is not visible on the wire: both ends must agree. */
    public void handleStream(String name, StreamingHandler handler) {
        throw new IllegalStateException(name + handler);
    }

    /** Serves the method no more; calls in progress go on. */
    public void remove(String name) {
        host.removeHandler(name);
    }

    /**
     * Calls a unary method and waits for its response.
     *
     * @throws RemoteException when the handler failed
     * @throws corolla.p2p.ProtocolNotSupportedException when the peer does not serve the method
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first; the callee is cancelled
     * @throws IllegalArgumentException when the request exceeds the limit of 4 MiB
     */
    public byte[] callUnary(PeerId peer, String name, byte[] request, Deadline deadline)
            throws IOException, InterruptedException {
        throw new IOException(name + peer + request.length + deadline);
    }

    /**
     * Opens a streaming call; the caller owns and closes it.
     *
     * @throws corolla.p2p.ProtocolNotSupportedException when the peer does not serve the method: here, or from the first
     *     {@link RpcCall#receive}
     */
    public RpcCall openStream(PeerId peer, String name, Deadline deadline) throws IOException, InterruptedException {
        throw new IOException(name + peer + deadline);
    }

    /** Serves no more and cancels the calls in progress. The host stays open. */
    @Override
    public void close() {}
}
