package corolla.p2p.tcp;

import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** What a listening endpoint means for others: a wildcard stands for the addresses of this machine's interfaces. */
public final class ListenAddresses {
    private static final String ANY_IP4 = "0.0.0.0";
    private static final Set<String> ANY_IP6 = Set.of("::", "0:0:0:0:0:0:0:0");

    private ListenAddresses() {}

    public static boolean isWildcard(Endpoint endpoint) {
        return endpoint.host().equals(ANY_IP4) || ANY_IP6.contains(endpoint.host());
    }

    /**
     * The addresses under which an endpoint can be reached, loopback last.
     *
     * @param asked the host as it was configured: {@code 0.0.0.0} stands for IPv4 addresses, {@code ::} for IPv6 ones
     */
    public static List<Multiaddr> expand(ByteTransport transport, String asked, int port) throws IOException {
        if (!isWildcard(new Endpoint(asked, port))) {
            return List.of(Multiaddr.of(new Endpoint(asked, port)));
        }
        boolean wantsIp4 = asked.equals(ANY_IP4);
        return transport.localAddresses().stream()
                .filter(address -> wantsIp4 == (address.indexOf(':') < 0))
                .map(address -> Multiaddr.of(new Endpoint(address, port)))
                .toList();
    }
}
