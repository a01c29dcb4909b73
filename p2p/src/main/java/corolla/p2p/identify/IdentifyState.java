package corolla.p2p.identify;

import corolla.base.ProtocolException;
import corolla.base.multiformat.AddressProtocol;
import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.Endpoint;
import corolla.p2p.PeerId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What of an identify message is believed. Pure. */
final class IdentifyState {
    private IdentifyState() {}

    /** How far an address carries. */
    enum Reach {
        LOOPBACK,
        PRIVATE,
        PUBLIC
    }

    /** @throws ProtocolException when the key in the message is not the one that the connection has proven */
    static void check(IdentifyInfo info, PeerId proven) throws ProtocolException {
        if (info.publicKey().length > 0
                && !PeerId.ofPublicKeyMessage(info.publicKey()).equals(proven)) {
            throw new ProtocolException(
                    "identify of " + proven.shortForm() + " carries the public key of somebody else");
        }
    }

    /**
     * The addresses worth keeping: over loopback all; over a private network all but loopback ones; otherwise only those that the
     * whole world can dial. So nobody makes us dial into our own network from outside.
     */
    static List<Multiaddr> addressesToKeep(IdentifyInfo info, Endpoint remote) {
        Reach reach = reach(Multiaddr.of(remote));
        return info.listenAddresses().stream()
                .filter(address -> address.isRelayed() || reach(address).compareTo(reach) >= 0)
                .toList();
    }

    /** As far as numbers tell; names count as public. */
    static Reach reach(Multiaddr address) {
        Optional<String> ip4 = address.valueOf(AddressProtocol.IP4);
        if (ip4.isPresent()) {
            return reachOfIp4(ip4.get());
        }
        Optional<String> ip6 = address.valueOf(AddressProtocol.IP6);
        if (ip6.isPresent()) {
            return reachOfIp6(ip6.get());
        }
        boolean isLocalhost =
                address.valueOf(AddressProtocol.DNS).filter("localhost"::equals).isPresent();
        return isLocalhost ? Reach.LOOPBACK : Reach.PUBLIC;
    }

    private static Reach reachOfIp4(String text) {
        String[] parts = text.split("\\.", -1);
        int first = Integer.parseInt(parts[0]);
        int second = Integer.parseInt(parts[1]);
        if (first == 127 || first == 0) {
            return Reach.LOOPBACK;
        }
        boolean isPrivate = first == 10
                || (first == 172 && (second & 0xf0) == 16)
                || (first == 192 && second == 168)
                || (first == 169 && second == 254)
                || (first == 100 && (second & 0xc0) == 64);
        return isPrivate ? Reach.PRIVATE : Reach.PUBLIC;
    }

    private static final Set<String> LOOPBACK_IP6 = Set.of("::1", "::");

    private static Reach reachOfIp6(String text) {
        if (LOOPBACK_IP6.contains(text)) {
            return Reach.LOOPBACK;
        }
        boolean isPrivate = text.startsWith("fc")
                || text.startsWith("fd")
                || text.startsWith("fe8")
                || text.startsWith("fe9")
                || text.startsWith("fea")
                || text.startsWith("feb");
        return isPrivate ? Reach.PRIVATE : Reach.PUBLIC;
    }
}
