package corolla.p2p.tcp;

import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.Endpoint;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
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
    public static List<Multiaddr> expand(String asked, int port) throws IOException {
        if (!isWildcard(new Endpoint(asked, port))) {
            return List.of(Multiaddr.of(new Endpoint(asked, port)));
        }
        boolean wantsIp4 = asked.equals(ANY_IP4);
        Set<Multiaddr> near = new LinkedHashSet<>();
        Set<Multiaddr> loopback = new LinkedHashSet<>();
        for (InetAddress address : interfaceAddresses()) {
            boolean fits = wantsIp4 ? address instanceof Inet4Address : address instanceof Inet6Address;
            // A link-local IPv6 address means nothing without the zone, which is another one on each machine.
            if (fits && !address.isLinkLocalAddress()) {
                Multiaddr found = Multiaddr.of(new Endpoint(plain(address), port));
                (address.isLoopbackAddress() ? loopback : near).add(found);
            }
        }
        List<Multiaddr> all = new ArrayList<>(near);
        all.addAll(loopback);
        return all;
    }

    private static String plain(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static List<InetAddress> interfaceAddresses() throws IOException {
        List<InetAddress> addresses = new ArrayList<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
            if (isUp(network)) {
                network.inetAddresses().forEach(addresses::add);
            }
        }
        return addresses;
    }

    private static boolean isUp(NetworkInterface network) throws SocketException {
        return network.isUp();
    }
}
