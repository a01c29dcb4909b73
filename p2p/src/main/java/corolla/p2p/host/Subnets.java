package corolla.p2p.host;

import corolla.base.multiformat.AddressProtocol;
import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.Endpoint;

/** Which addresses one party has for the asking: a whole /56 of IPv6 is given to a household, of IPv4 a single address. */
final class Subnets {
    private static final int IP6_BYTES = 7;

    private Subnets() {}

    /** A name for all addresses that are likely to be one party's. */
    static String of(String host) {
        int zone = host.indexOf('%');
        String plain = zone < 0 ? host : host.substring(0, zone);
        var component = Multiaddr.of(new Endpoint(plain, 0)).components().getFirst();
        if (component.protocol() != AddressProtocol.IP6) {
            return plain;
        }
        StringBuilder name = new StringBuilder("ip6 ");
        for (int i = 0; i < IP6_BYTES; i++) {
            name.append(Character.forDigit((component.value()[i] >> 4) & 15, 16))
                    .append(Character.forDigit(component.value()[i] & 15, 16));
        }
        return name.toString();
    }
}
