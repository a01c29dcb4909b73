package corolla.p2p.identify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.transport.Endpoint;
import corolla.p2p.PeerId;
import corolla.p2p.identity.Identity;
import corolla.p2p.testing.GoldenJson;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class IdentifyTest {
    private static final byte[] P2PD =
            GoldenJson.load("wire/stream_samples.json").at("identify_from_p2pd").hex("message_hex");
    private static final Identity US = Identity.ofEd25519Seed(new byte[32]);

    private static IdentifyInfo parse(byte[] message) throws ProtocolException {
        var collector = new IdentifyMessages.Collector(100, 10);
        collector.add(message);
        return collector.info();
    }

    private static IdentifyInfo info(String... addresses) {
        return new IdentifyInfo(
                US.publicKeyMessage(),
                List.of(addresses).stream().map(Multiaddr::parse).toList(),
                List.of("/ipfs/id/1.0.0", "EchoProtocol.rpc_echo"),
                Optional.of(Multiaddr.parse("/ip4/192.0.2.9/tcp/5")),
                "corolla/test");
    }

    @Test
    void messageOfP2pdIsRead() throws ProtocolException {
        IdentifyInfo info = parse(P2PD);
        assertThat(PeerId.ofPublicKeyMessage(info.publicKey()).toBase58())
                .isEqualTo("12D3KooWRhkg79GRvi6z4iKSoUFD3VG1qH15BVYCddgg8Mrc4KbP");
        assertThat(info.listenAddresses()).containsExactly(Multiaddr.parse("/ip4/127.0.0.1/tcp/38909"));
        assertThat(info.protocols()).contains("/ipfs/id/1.0.0", "/ipfs/kad/1.0.0");
        assertThat(info.agentVersion()).isEqualTo("p2pd/0.1");
    }

    @Test
    void decodeAfterEncodeIsTheSame() throws ProtocolException {
        IdentifyInfo sent = info("/ip4/192.0.2.1/tcp/1", "/ip6/2001:db8::1/tcp/2");
        IdentifyInfo received = parse(IdentifyMessages.encode(sent));
        assertThat(received).usingRecursiveComparison().isEqualTo(sent);
    }

    @Test
    void severalMessagesAddUp() throws ProtocolException {
        var collector = new IdentifyMessages.Collector(3, 2);
        collector.add(IdentifyMessages.encode(info("/ip4/192.0.2.1/tcp/1")));
        collector.add(IdentifyMessages.encode(info("/ip4/192.0.2.2/tcp/1", "/ip4/192.0.2.3/tcp/1")));
        assertThat(collector.info().listenAddresses()).as("at most two").hasSize(2);
        assertThat(collector.info().protocols()).as("at most three").hasSize(3);
    }

    @Test
    void addressThatWeDoNotKnowIsPassedOver() throws ProtocolException {
        byte[] message = new corolla.base.protobuf.ProtoWriter()
                .bytes(2, new byte[] {(byte) 0xff, 0x7f, 1})
                .bytes(2, Multiaddr.parse("/ip4/192.0.2.1/tcp/1").encode())
                .toByteArray();
        assertThat(parse(message).listenAddresses()).containsExactly(Multiaddr.parse("/ip4/192.0.2.1/tcp/1"));
    }

    @Test
    void keyOfSomebodyElseIsRefused() {
        PeerId other = Identity.ofEd25519Seed(new byte[] {
                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
                })
                .peerId();
        assertThatThrownBy(() -> IdentifyState.check(info(), other))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("somebody else");
    }

    @Test
    void addressesAreKeptAsFarAsTheConnectionCarries() {
        String[] all = {
            "/ip4/127.0.0.1/tcp/1",
            "/ip4/192.168.1.5/tcp/1",
            "/ip4/203.0.113.7/tcp/1",
            "/ip6/::1/tcp/1",
            "/ip6/fd00::1/tcp/1",
            "/ip6/2001:db8::1/tcp/1",
            "/dns/example.org/tcp/1",
            "/ip4/10.0.0.1/tcp/1/p2p/" + US.peerId() + "/p2p-circuit"
        };
        assertThat(kept("127.0.0.1", all)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(kept("::1", all)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(kept("172.20.1.1", all)).containsExactly(1, 2, 4, 5, 6, 7);
        assertThat(kept("8.8.8.8", all)).containsExactly(2, 5, 6, 7);
        assertThat(kept("2001:db8::2", all)).containsExactly(2, 5, 6, 7);
    }

    private static List<Integer> kept(String remote, String[] all) {
        List<Multiaddr> kept = IdentifyState.addressesToKeep(info(all), new Endpoint(remote, 9));
        return IntStream.range(0, all.length)
                .filter(i -> kept.contains(Multiaddr.parse(all[i])))
                .boxed()
                .toList();
    }
}
