package corolla.p2p.identify;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.multiformat.Varint;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.Endpoint;
import corolla.p2p.P2pLimits;
import corolla.p2p.Stream;
import corolla.p2p.internal.Delimited;
import java.io.IOException;
import java.util.List;

/** Both roles of identify and its push. Thread-safe. */
public final class Identify {
    public static final String PROTOCOL = "/ipfs/id/1.0.0";
    public static final String PUSH_PROTOCOL = "/ipfs/id/push/1.0.0";

    private final Clock clock;
    private final P2pLimits limits;

    public Identify(Clock clock, P2pLimits limits) {
        this.clock = clock;
        this.limits = limits;
    }

    /** Tells the remote and ends our direction: the answer to a query, and the whole of a push. */
    public void tell(Stream stream, IdentifyInfo ours) throws IOException, InterruptedException {
        byte[] message = IdentifyMessages.encode(ours);
        stream.writeLast(Varint.encode(message.length), message, Deadline.after(clock, limits.identifyTime()));
    }

    /**
     * Reads until the remote ends its direction.
     *
     * @throws ProtocolException when it is malformed, too much, or speaks of another identity than the connection's
     */
    public IdentifyInfo hear(Stream stream) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.identifyTime());
        var collector = new IdentifyMessages.Collector(limits.protocolsPerPeerMax(), limits.addressesPerPeerMax());
        for (int messages = 0; ; messages++) {
            long length = Delimited.readLength(stream, "identify", deadline);
            if (length < 0) {
                IdentifyInfo info = collector.info();
                IdentifyState.check(info, stream.remotePeer());
                return info;
            }
            if (messages == limits.identifyMessagesMax() || length > limits.identifyMessageBytesMax()) {
                throw new ProtocolException("identify of " + stream.remotePeer().shortForm() + " is too much: message "
                        + (messages + 1) + " of " + length + " bytes, at most " + limits.identifyMessagesMax() + " of "
                        + limits.identifyMessageBytesMax());
            }
            collector.add(Delimited.readFully(stream, (int) length, "identify", deadline));
        }
    }

    /** Whether the whole world may be able to dial an address, as far as numbers tell. */
    public static boolean isPublic(Multiaddr address) {
        return IdentifyState.reach(address) == IdentifyState.Reach.PUBLIC;
    }

    /** The addresses of the answer that are worth keeping when the remote was seen there. */
    public static List<Multiaddr> addressesToKeep(IdentifyInfo info, Endpoint remote) {
        return IdentifyState.addressesToKeep(info, remote);
    }
}
