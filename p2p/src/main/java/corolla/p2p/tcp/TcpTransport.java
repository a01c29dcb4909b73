package corolla.p2p.tcp;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.p2p.Transport;
import java.io.IOException;

/** Dials {@code /ip4|ip6|dns|dns4|dns6/…/tcp/…}. Thread-safe. */
public final class TcpTransport implements Transport {
    private final ByteTransport transport;

    public TcpTransport(ByteTransport transport) {
        this.transport = transport;
    }

    @Override
    public boolean dials(Multiaddr address) {
        return address.tcpEndpoint().filter(endpoint -> endpoint.port() != 0).isPresent();
    }

    @Override
    public ByteStream dial(Multiaddr address, Deadline deadline) throws IOException, InterruptedException {
        Endpoint endpoint =
                address.tcpEndpoint().orElseThrow(() -> new IllegalArgumentException(address + " is no TCP address"));
        return transport.dial(endpoint, deadline);
    }
}
