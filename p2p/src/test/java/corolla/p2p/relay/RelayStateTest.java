package corolla.p2p.relay;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RelayStateTest {
    private static final RelayLimits LIMITS =
            RelayLimits.defaults().with(limits -> limits.reservationsMax(4).reservationsPerAddressMax(2));
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final RelayState state = new RelayState(LIMITS);

    static PeerId peer(int number) {
        byte[] key = new byte[36];
        key[0] = 8;
        key[1] = 1;
        key[2] = 18;
        key[3] = 32;
        key[4] = (byte) number;
        return PeerId.ofPublicKeyMessage(key);
    }

    @Test
    void slotsAreGivenUpToTheLimit() {
        for (int i = 0; i < 4; i++) {
            assertThat(state.reserve(peer(i), "192.0.2." + i, 0)).isEqualTo(RelayStatus.OK);
        }
        assertThat(state.reserve(peer(4), "192.0.2.4", 0)).isEqualTo(RelayStatus.RESERVATION_REFUSED);
        assertThat(state.reserve(peer(0), "192.0.2.0", 0)).as("a renewal").isEqualTo(RelayStatus.OK);
    }

    @Test
    void oneAddressGetsAShareOfTheSlots() {
        assertThat(state.reserve(peer(0), "192.0.2.1", 0)).isEqualTo(RelayStatus.OK);
        assertThat(state.reserve(peer(1), "192.0.2.1", 0)).isEqualTo(RelayStatus.OK);
        assertThat(state.reserve(peer(2), "192.0.2.1", 0)).isEqualTo(RelayStatus.RESERVATION_REFUSED);
        assertThat(state.reserve(peer(2), "192.0.2.2", 0)).isEqualTo(RelayStatus.OK);
    }

    @Test
    void slotEndsAfterItsTimeUnlessRenewed() {
        state.reserve(peer(0), "192.0.2.1", 0);
        state.reserve(peer(1), "192.0.2.1", 0);
        state.reserve(peer(1), "192.0.2.1", HOUR / 2);
        assertThat(state.hasSlot(peer(0), HOUR - 1)).isTrue();
        assertThat(state.hasSlot(peer(0), HOUR)).isFalse();
        assertThat(state.hasSlot(peer(1), HOUR)).isTrue();
        assertThat(state.hasSlot(peer(1), HOUR + HOUR / 2)).isFalse();
    }

    @Test
    void slotEndsWithTheConnection() {
        state.reserve(peer(0), "192.0.2.1", 0);
        assertThat(state.disconnected(peer(0))).isTrue();
        assertThat(state.disconnected(peer(0))).isFalse();
        assertThat(state.connect(peer(1), peer(0), 1)).isEqualTo(RelayStatus.NO_RESERVATION);
    }

    @Test
    void circuitsOfOnePeerAreLimitedAndGivenBack() {
        state.reserve(peer(0), "192.0.2.1", 0);
        for (int i = 0; i < LIMITS.circuitsPerPeerMax(); i++) {
            assertThat(state.connect(peer(1), peer(0), 1)).isEqualTo(RelayStatus.OK);
        }
        assertThat(state.connect(peer(2), peer(0), 1)).isEqualTo(RelayStatus.RESOURCE_LIMIT_EXCEEDED);
        assertThat(state.circuits()).isEqualTo(LIMITS.circuitsPerPeerMax());
        state.ended(peer(1), peer(0));
        assertThat(state.connect(peer(2), peer(0), 1)).isEqualTo(RelayStatus.OK);
        for (int i = 1; i < LIMITS.circuitsPerPeerMax(); i++) {
            state.ended(peer(1), peer(0));
        }
        state.ended(peer(2), peer(0));
        assertThat(state.circuits()).isZero();
    }
}
