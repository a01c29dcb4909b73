package corolla.p2p.identify;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.multiformat.Varint;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.Endpoint;
import corolla.p2p.Duplex;
import corolla.p2p.P2pLimits;
import corolla.p2p.Stream;
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
        stream.write(Varint.encode(message.length), message, Deadline.after(clock, limits.identifyTime()));
        stream.closeWrite();
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
            long length = readLength(stream, deadline);
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
            collector.add(readFully(stream, (int) length, deadline));
        }
    }

    /** The addresses of the answer that are worth keeping when the remote was seen there. */
    public static List<Multiaddr> addressesToKeep(IdentifyInfo info, Endpoint remote) {
        return IdentifyState.addressesToKeep(info, remote);
    }

    /** @return -1 at the end of the stream */
    private static long readLength(Duplex stream, Deadline deadline) throws IOException, InterruptedException {
        byte[] one = new byte[1];
        long length = 0;
        for (int i = 0; i < Varint.BYTES_MAX; i++) {
            if (stream.read(one, 0, 1, deadline) < 0) {
                if (i == 0) {
                    return -1;
                }
                throw new ProtocolException("identify ends within a length");
            }
            length |= (one[0] & 0x7fL) << (7 * i);
            if (one[0] >= 0) {
                return length;
            }
        }
        throw new ProtocolException("identify message has a length of more than " + Varint.BYTES_MAX + " bytes");
    }

    private static byte[] readFully(Duplex stream, int length, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] bytes = new byte[length];
        for (int count = 0; count < length; ) {
            int got = stream.read(bytes, count, length - count, deadline);
            if (got < 0) {
                throw new ProtocolException("identify message ends after " + count + " of " + length + " bytes");
            }
            count += got;
        }
        return bytes;
    }
}
