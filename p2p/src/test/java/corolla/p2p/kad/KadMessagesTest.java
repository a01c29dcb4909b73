package corolla.p2p.kad;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.PeerId;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class KadMessagesTest {
    private static final GoldenJson SAMPLES = GoldenJson.load("wire/stream_samples.json");

    @Test
    void requestsEqualThoseOfP2pd() {
        for (String name : List.of("kad_find_node_self", "kad_find_node_unknown")) {
            byte[] delimited = SAMPLES.at(name).hex("request_hex");
            byte[] golden = Arrays.copyOfRange(delimited, 1, delimited.length);
            assertThat(KadMessages.encode(decode(golden))).isEqualTo(golden);
        }
    }

    @Test
    void answersEqualThoseOfP2pd() {
        byte[] golden = SAMPLES.at("kad_find_node_self").hex("response_message_hex");
        KadMessages.Message message = decode(golden);
        assertThat(message.type()).isEqualTo(KadMessages.FIND_NODE);
        assertThat(message.closer()).singleElement().satisfies(peer -> {
            assertThat(peer.id().toBase58()).startsWith("12D3Koo");
            assertThat(peer.addresses()).containsExactly(Multiaddr.parse("/ip4/127.0.0.1/tcp/38909"));
        });
        assertThat(KadMessages.encode(message)).isEqualTo(golden);
        assertThat(decode(SAMPLES.at("kad_find_node_unknown").hex("response_message_hex"))
                        .closer())
                .isEmpty();
    }

    @Test
    void peersAndAddressesAboveTheLimitAreLeftOut() throws ProtocolException {
        PeerId peer = PeerId.ofPublicKeyMessage(new byte[36]);
        Multiaddr address = Multiaddr.parse("/ip4/1.2.3.4/tcp/5");
        KadMessages.Peer many = new KadMessages.Peer(peer, List.of(address, address, address));
        byte[] bytes = KadMessages.encode(
                new KadMessages.Message(KadMessages.FIND_NODE, new byte[0], List.of(many, many, many)));
        KadMessages.Message message = KadMessages.decode(bytes, 2, 1);
        assertThat(message.closer())
                .hasSize(2)
                .allSatisfy(p -> assertThat(p.addresses()).hasSize(1));
    }

    @Test
    void decoderSurvivesDamagedMessages() {
        Mutations mutations = new Mutations(11);
        List<byte[]> originals = List.of(
                SAMPLES.at("kad_find_node_self").hex("response_message_hex"),
                SAMPLES.at("kad_find_node_unknown").hex("request_hex"));
        int decoded = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            byte[] bytes = mutations.mutate(originals.get(i % originals.size()));
            try {
                KadMessages.Message message = KadMessages.decode(bytes, 20, 8);
                assertThat(message.closer().size()).isLessThanOrEqualTo(20);
                KadMessages.encode(message);
                decoded++;
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            }
        }
        assertThat(decoded).isBetween(1, Mutations.count());
    }

    private static KadMessages.Message decode(byte[] bytes) {
        try {
            return KadMessages.decode(bytes, 20, 20);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }
}
