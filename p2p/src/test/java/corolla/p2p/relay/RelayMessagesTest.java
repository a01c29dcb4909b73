package corolla.p2p.relay;

import static corolla.p2p.relay.RelayStateTest.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.relay.RelayMessages.Hop;
import corolla.p2p.relay.RelayMessages.Limit;
import corolla.p2p.relay.RelayMessages.Reservation;
import corolla.p2p.relay.RelayMessages.Stop;
import corolla.p2p.testing.GoldenJson;
import corolla.p2p.testing.Mutations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RelayMessagesTest {
    private static final Limit LIMIT = new Limit(Duration.ofMinutes(2), 131_072);
    private static final Multiaddr RELAY =
            Multiaddr.parse("/ip4/192.0.2.7/tcp/4001").withPeer(peer(9).bytes());

    @Test
    void requestForASlotIsTheRecordedOne() {
        byte[] recorded =
                GoldenJson.load("wire/stream_samples.json").at("relay_reserve").hex("request_hex");
        assertThat(RelayMessages.encode(new Hop.Reserve()))
                .isEqualTo(java.util.Arrays.copyOfRange(recorded, 1, recorded.length));
    }

    @Test
    void answerOfP2pdIsUnderstood() throws Exception {
        byte[] recorded =
                GoldenJson.load("wire/stream_samples.json").at("relay_reserve").hex("response_message_hex");
        Hop.Answer answer = (Hop.Answer) RelayMessages.decodeHop(recorded, 8);
        assertThat(answer.status()).isEqualTo(RelayStatus.OK.code());
        assertThat(answer.limit()).contains(LIMIT);
        assertThat(answer.reservation().orElseThrow().addresses())
                .as("on loopback p2pd tells none")
                .isEmpty();
        assertThat(answer.reservation().orElseThrow().expireSeconds()).isEqualTo(1_795_393_986L);
    }

    @Test
    void messagesSurviveTheWayThereAndBack() throws Exception {
        var slot = new Reservation(1_795_393_986L, List.of(RELAY));
        for (Hop message : List.of(
                new Hop.Reserve(),
                new Hop.Connect(peer(3)),
                new Hop.Answer(100, Optional.of(slot), Optional.of(LIMIT)),
                Hop.Answer.of(RelayStatus.NO_RESERVATION))) {
            assertThat(RelayMessages.decodeHop(RelayMessages.encode(message), 8))
                    .isEqualTo(message);
        }
        for (Stop message : List.of(
                new Stop.Connect(peer(3), Optional.of(LIMIT)),
                new Stop.Connect(peer(4), Optional.empty()),
                new Stop.Answer(203))) {
            assertThat(RelayMessages.decodeStop(RelayMessages.encode(message))).isEqualTo(message);
        }
    }

    @Test
    void boundedNumberOfAddressesIsBelieved() throws Exception {
        var slot = new Reservation(1, java.util.Collections.nCopies(50, RELAY));
        byte[] bytes = RelayMessages.encode(new Hop.Answer(100, Optional.of(slot), Optional.empty()));
        Hop.Answer answer = (Hop.Answer) RelayMessages.decodeHop(bytes, 8);
        assertThat(answer.reservation().orElseThrow().addresses()).hasSize(8);
    }

    @Test
    void whatIsMissingOrUnknownIsAnError() {
        assertThatThrownBy(() -> RelayMessages.decodeHop(new byte[0], 8))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("type -1");
        assertThatThrownBy(() -> RelayMessages.decodeHop(new byte[] {8, 1}, 8)).hasMessageContaining("which peer");
        assertThatThrownBy(() -> RelayMessages.decodeStop(new byte[] {8, 7})).hasMessageContaining("type 7");
        assertThatThrownBy(() -> RelayMessages.decodeStop(new byte[] {8, 0, 18, 2, 10, 0}))
                .hasMessageContaining("no peer id");
    }

    @Test
    void damagedMessagesAreRefusedInOrder() {
        var slot = new Reservation(1_795_393_986L, List.of(RELAY, RELAY));
        byte[] good = RelayMessages.encode(new Hop.Answer(100, Optional.of(slot), Optional.of(LIMIT)));
        Mutations mutations = new Mutations(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = mutations.mutate(good);
            try {
                RelayMessages.decodeHop(bad, 8);
                RelayMessages.decodeStop(bad);
            } catch (ProtocolException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }
}
