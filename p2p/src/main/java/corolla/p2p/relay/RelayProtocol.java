package corolla.p2p.relay;

import corolla.base.multiformat.Multiaddr;
import corolla.base.multiformat.Varint;
import corolla.base.time.Deadline;
import corolla.p2p.Stream;
import java.io.IOException;

/** What both halves have in common. */
final class RelayProtocol {
    /** Spoken by the relay, to whoever wants something of it. */
    static final String HOP = "/libp2p/circuit/relay/0.2.0/hop";

    /** Spoken by the peer with a slot, to its relay. */
    static final String STOP = "/libp2p/circuit/relay/0.2.0/stop";

    /** What stands between a relay's address and the peer behind it. */
    static final Multiaddr CIRCUIT = Multiaddr.parse("/p2p-circuit");

    private RelayProtocol() {}

    static void write(Stream stream, byte[] message, Deadline deadline) throws IOException, InterruptedException {
        stream.write(Varint.encode(message.length), message, deadline);
    }
}
