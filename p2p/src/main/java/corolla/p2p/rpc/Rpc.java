package corolla.p2p.rpc;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Remote procedure calls of one host, ours and those that it serves. Thread-safe. */
public final class Rpc implements AutoCloseable {
    /** More than the envelope of any unary message takes: call id, peer id, method name, lengths. */
    static final int ENVELOPE_BYTES_MAX = 512;

    private static final int NAME_CHARS_MAX = 256;

    private final Environment environment;
    private final Host host;
    private final RpcLimits limits;
    private final ServedCalls calls;
    private final ByteBudget arriving;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** Nothing happens yet; the host stays the caller's. */
    public Rpc(Environment environment, Host host, RpcLimits limits) {
        this.environment = environment;
        this.host = host;
        this.limits = limits;
        this.calls = new ServedCalls(limits);
        this.arriving = new ByteBudget(limits.arrivingBytesMax());
    }

    /**
     * Serves a unary method; replaces an earlier handler.
     *
     * @param name {@code ClassName.method_name}, which is the libp2p protocol id too
     */
    public void handleUnary(String name, UnaryHandler handler) {
        names.add(checkedName(name));
        host.handle(name, new UnaryService(name, handler, calls, arriving, limits, environment.clock()));
    }

    /**
     * Serves a streaming method; replaces an earlier handler. Whether a method is unary or streaming is not visible on the
     * wire: both ends must agree.
     */
    public void handleStream(String name, StreamingHandler handler) {
        names.add(checkedName(name));
        host.handle(name, new StreamService(name, handler, calls, arriving, limits, environment.clock()));
    }

    /** Serves the method no more; calls in progress go on. */
    public void remove(String name) {
        if (names.remove(name)) {
            host.removeHandler(name);
        }
    }

    /**
     * Calls a unary method and waits for its response.
     *
     * @throws RemoteException when the handler failed
     * @throws corolla.p2p.ProtocolNotSupportedException when the peer does not serve the method
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first; the callee is cancelled
     * @throws IllegalArgumentException when the request exceeds {@link RpcLimits#unaryBytesMax}; nothing was sent
     */
    public byte[] callUnary(PeerId peer, String name, byte[] request, Deadline deadline)
            throws IOException, InterruptedException {
        checkedName(name);
        if (request.length > limits.unaryBytesMax() - ENVELOPE_BYTES_MAX) {
            throw new IllegalArgumentException("the request of " + request.length + " bytes for " + name + " at "
                    + peer.shortForm() + " exceeds the unary limit of " + limits.unaryBytesMax()
                    + "; a streaming method takes more");
        }
        Stream stream = host.open(peer, name, deadline);
        boolean answered = false;
        try {
            stream.write(RpcMessages.requestHead(newCallId(), peer.bytes(), name, request.length), request, deadline);
            RpcMessages.UnaryResponse response = receive(stream, deadline);
            answered = true;
            return switch (response) {
                case RpcMessages.UnaryResponse.Success success -> success.data();
                case RpcMessages.UnaryResponse.Failure failure ->
                    throw new RemoteException(name, peer, RpcErrors.cut(failure.text(), limits.errorTextMax()));
            };
        } finally {
            // Our direction stays open until here: FIN or RST before the response is a cancellation.
            if (answered) {
                stream.close();
            } else {
                stream.reset();
            }
        }
    }

    private RpcMessages.UnaryResponse receive(Stream stream, Deadline deadline)
            throws IOException, InterruptedException {
        String whom = stream.protocol() + " at " + stream.remotePeer().shortForm();
        try (MessageReader reader = new MessageReader(stream, whom, arriving)) {
            byte[] message = reader.read(MessageForm.DELIMITED, limits.unaryBytesMax(), deadline);
            if (message == null) {
                throw new ProtocolException(whom + " ended without a response");
            }
            return RpcMessages.decodeResponse(message);
        }
    }

    /** Random over all callers: p2pd keys the calls that it serves by this id alone. */
    private byte[] newCallId() {
        byte[] id = new byte[RpcMessages.CALL_ID_BYTES];
        environment.randoms().secret(id);
        return id;
    }

    /**
     * Opens a streaming call; the caller owns and closes it.
     *
     * @throws corolla.p2p.ProtocolNotSupportedException when the peer does not serve the method: here, or from the first
     *     {@link RpcCall#receive}
     */
    public RpcCall openStream(PeerId peer, String name, Deadline deadline) throws IOException, InterruptedException {
        return new StreamCall(host.open(peer, checkedName(name), deadline), arriving, limits);
    }

    /** See {@link Host#retry}. */
    public void retry(PeerId peer) {
        host.retry(peer);
    }

    /** See {@link Host#doubt}. */
    public void doubt(PeerId peer, Duration silence) {
        host.doubt(peer, silence);
    }

    /** How many calls are served at this moment. */
    public int callsServed() {
        return calls.count();
    }

    /** Serves no more and cancels the calls in progress. The host stays open. */
    @Override
    public void close() {
        names.forEach(host::removeHandler);
        names.clear();
        calls.close();
    }

    private static String checkedName(String name) {
        if (name.isEmpty() || name.length() > NAME_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "method name of " + name.length() + " characters is not within 1 to " + NAME_CHARS_MAX);
        }
        return name;
    }
}
