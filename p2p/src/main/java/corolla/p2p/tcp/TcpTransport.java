package corolla.p2p.tcp;

import corolla.base.multiformat.AddressProtocol;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.p2p.PeerId;
import corolla.p2p.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dials {@code /ip4|ip6|dns|dns4|dns6/…/tcp/…}. A name is resolved anew for each dial, and all its addresses of the family asked for are
 * tried, one after the other, each for a fair share of the time. Thread-safe.
 */
public final class TcpTransport implements Transport {
    /**
     * What a connection may take: longer than any link's way there and back. TCP asks after 0, 1, 3, 7 and 15 s, so to begin anew is faster than
     * to go on.
     */
    private static final Duration CONNECT_TIME = Duration.ofSeconds(4);

    /** Addresses tried of one name. */
    private static final int ADDRESSES_MAX = 8;

    private final ByteTransport transport;
    private final Clock clock;

    public TcpTransport(ByteTransport transport, Clock clock) {
        this.transport = transport;
        this.clock = clock;
    }

    @Override
    public boolean dials(Multiaddr address) {
        return address.tcpEndpoint().filter(endpoint -> endpoint.port() != 0).isPresent();
    }

    @Override
    public ByteStream dial(Multiaddr address, @Nullable PeerId peer, Deadline deadline)
            throws IOException, InterruptedException {
        Endpoint endpoint =
                address.tcpEndpoint().orElseThrow(() -> new IllegalArgumentException(address + " is no TCP address"));
        return switch (address.components().getFirst().protocol()) {
            case DNS, DNS4, DNS6 -> dialName(address, endpoint, deadline);
            default -> dialNumber(endpoint, deadline);
        };
    }

    private ByteStream dialNumber(Endpoint endpoint, Deadline deadline) throws IOException, InterruptedException {
        return transport.dial(endpoint, Deadline.after(clock, CONNECT_TIME).earlier(deadline));
    }

    private ByteStream dialName(Multiaddr address, Endpoint endpoint, Deadline deadline)
            throws IOException, InterruptedException {
        List<String> numeric = transport.resolve(endpoint.host(), deadline).stream()
                .filter(host -> isWanted(address, host))
                .limit(ADDRESSES_MAX)
                .toList();
        IOException failure = null;
        for (int i = 0; i < numeric.size(); i++) {
            long share = deadline.remainingNanos(clock) / (numeric.size() - i);
            Deadline mine = new Deadline(clock.nanoTime() + share);
            try {
                return dialNumber(new Endpoint(numeric.get(i), endpoint.port()), mine);
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure == null) {
            throw new IOException("'" + endpoint.host() + "' has no address of the kind that " + address + " asks for");
        }
        throw new IOException(
                numeric.size() + " addresses of '" + endpoint.host() + "' were tried; the last: "
                        + failure.getMessage(),
                failure);
    }

    private static boolean isWanted(Multiaddr address, String host) {
        boolean isIp6 = host.indexOf(':') >= 0;
        return isIp6 ? !address.contains(AddressProtocol.DNS4) : !address.contains(AddressProtocol.DNS6);
    }
}
