package corolla.base.multiformat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.transport.Endpoint;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultiaddrTest {
    private static final String RELAY = "QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt";
    private static final String PEER = "12D3KooWQ8JgFAB3hM9QxuCGpVQVRvTUBKGVAqLVZ1SNUvnhqLpw";

    @ParameterizedTest
    @CsvSource({
        "/ip4/127.0.0.1/tcp/31330, 047f000001067a62",
        "/ip6/::1/tcp/80, 2900000000000000000000000000000001060050",
        "/dns4/a.b/tcp/1/ws, 3603612e62060001dd03",
        "/ip4/1.2.3.4/udp/65535/quic-v1, 04010203049102ffffcd03",
        "/ip6zone/eth0/ip6/fe80::1, 2a046574683029fe800000000000000000000000000001",
    })
    void textAndBytesStandForTheSameAddress(String text, String hex) throws ProtocolException {
        assertThat(HexFormat.of().formatHex(Multiaddr.parse(text).encode())).isEqualTo(hex);
        assertThat(Multiaddr.decode(HexFormat.of().parseHex(hex))).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ip4/192.0.2.1/tcp/4001/p2p/" + RELAY + "/p2p-circuit/p2p/" + PEER,
                "/dnsaddr/bootstrap.libp2p.io/p2p/" + RELAY,
                "/dns/bootstrap1.petals.dev/tcp/31337/p2p/" + RELAY,
                "/dns6/bootstrap1.petals.dev/tcp/31337",
                "/p2p/" + PEER,
                "/p2p-circuit",
                "/ip4/1.2.3.4/tcp/443/tls/sni/example.org/ws",
                "/ip4/1.2.3.4/udp/1/quic-v1/webtransport/certhash/uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ"
            })
    void everyKindOfAddressSurvivesBothForms(String text) throws ProtocolException {
        Multiaddr address = Multiaddr.parse(text);

        assertThat(address).hasToString(text);
        assertThat(Multiaddr.decode(address.encode())).isEqualTo(address).hasSameHashCodeAs(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "ip4/1.2.3.4",
                "/ip4",
                "/ip4/1.2.3",
                "/ip4/1.2.3.256",
                "/ip4/1.2.3.1000",
                "/ip4/1.2.3.4.5",
                "/ip4/1..3.4",
                "/ip4/1.2.3.",
                "/ip4/1.2.3.+4",
                "/ip4/01.2.3.4",
                "/tcp/65536",
                "/tcp/-1",
                "/nothing/1",
                "/ip6/1::2::3",
                "/ip6/::1%eth0",
                "/ip6/1:2:3:4:5:6:7:8:9",
                "/p2p/0OIl",
                "/dns4//tcp/1",
                "/ip6/1:2:3:4:5:6:7::8:9",
                "/ip6/:1",
                "/ip6/1.2.3.4::",
                "/ip4/1.2.3.4//tcp/1"
            })
    void wrongTextIsRefusedWithTheText(String text) {
        assertThatThrownBy(() -> Multiaddr.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "1:0:0:0:0:0:0:0, 1::",
        "1:0:3:4:5:6:7:8, 1:0:3:4:5:6:7:8",
        "::ffff:192.0.2.1, ::ffff:c000:201",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
    })
    void ip6IsWrittenAsRfc5952Says(String text, String canonical) {
        assertThat(Multiaddr.parse("/ip6/" + text)).hasToString("/ip6/" + canonical);
    }

    @ParameterizedTest
    @CsvSource({
        "/ip4/10.0.0.1/tcp/31330, 10.0.0.1:31330",
        "/ip6/::1/tcp/1/p2p/" + PEER + ", [::1]:1",
        "/dns4/a.example/tcp/2, a.example:2",
        "/ip6zone/eth0/ip6/fe80::1/tcp/3, [fe80::1%eth0]:3",
    })
    void plainTcpAddressesTellWhereToDial(String text, String endpoint) {
        assertThat(Multiaddr.parse(text).tcpEndpoint().orElseThrow()).hasToString(endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ip4/1.2.3.4/tcp/1/ws",
                "/ip4/1.2.3.4/udp/1/quic-v1",
                "/dnsaddr/a.example",
                "/p2p/" + PEER,
                "/ip4/1.2.3.4",
                "/ip4/1.2.3.4/tcp/1/p2p/" + RELAY + "/p2p-circuit",
                "/ip6zone/eth0/ip4/1.2.3.4/tcp/1",
                "/udp/1/tcp/2"
            })
    void otherAddressesAreNotForTcp(String text) {
        assertThat(Multiaddr.parse(text).tcpEndpoint()).isEmpty();
    }

    @Test
    void thePeerIsTheLastPartOnly() {
        byte[] peer = Base58.decode(PEER);
        Multiaddr address = Multiaddr.parse("/ip4/1.2.3.4/tcp/1");

        assertThat(address.peer()).isEmpty();
        assertThat(address.withPeer(peer)).hasToString("/ip4/1.2.3.4/tcp/1/p2p/" + PEER);
        assertThat(address.withPeer(Base58.decode(RELAY)).withPeer(peer)).isEqualTo(address.withPeer(peer));
        assertThat(address.withPeer(peer).peer().orElseThrow()).isEqualTo(peer);
        assertThat(address.withPeer(peer).withoutPeer()).contains(address);
        assertThat(Multiaddr.parse("/p2p/" + PEER).withoutPeer()).isEmpty();
    }

    @Test
    void aRelayedAddressNamesItsRelay() {
        Multiaddr relay = Multiaddr.parse("/ip4/1.2.3.4/tcp/1/p2p/" + RELAY);
        Multiaddr relayed = relay.then(Multiaddr.parse("/p2p-circuit")).withPeer(Base58.decode(PEER));

        assertThat(relayed.isRelayed()).isTrue();
        assertThat(relayed.relay()).contains(relay);
        assertThat(relayed.peer().orElseThrow()).isEqualTo(Base58.decode(PEER));
        assertThat(relay.relay()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.7, /ip4/192.0.2.7/tcp/5", "::1, /ip6/::1/tcp/5", "host, /dns/host/tcp/5"})
    void anEndpointHasAnAddress(String host, String text) {
        assertThat(Multiaddr.of(new Endpoint(host, 5))).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "04",
                "047f0000",
                "067a",
                "ff",
                "3600",
                "360561",
                "3601ff",
                "36012f",
                "a503ff01",
                "00",
                "8400"
            })
    void wrongBytesAreAProtocolError(String hex) {
        assertThatThrownBy(() -> Multiaddr.decode(HexFormat.of().parseHex(hex))).isInstanceOf(ProtocolException.class);
    }
}
