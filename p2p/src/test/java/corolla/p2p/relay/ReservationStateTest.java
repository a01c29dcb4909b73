package corolla.p2p.relay;

import static corolla.p2p.relay.RelayStateTest.peer;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReservationStateTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final List<PeerId> THREE = List.of(peer(0), peer(1), peer(2));

    private final ReservationState state = new ReservationState(RelayLimits.defaults());

    @Test
    void asManySlotsAsWantedAreAskedForInOrder() {
        assertThat(state.due(THREE, 0)).contains(peer(0));
        state.granted(peer(0), HOUR, 0);
        assertThat(state.due(THREE, 0)).contains(peer(1));
        state.granted(peer(1), HOUR, 0);
        assertThat(state.due(THREE, 0)).isEmpty();
        assertThat(state.held(0)).containsExactly(peer(0), peer(1));
    }

    @Test
    void slotIsRenewedBeforeItEnds() {
        state.granted(peer(0), HOUR, 0);
        state.granted(peer(1), 2 * HOUR, 0);
        long renewal = Duration.ofMinutes(55).toNanos();
        assertThat(state.nextNanos()).isEqualTo(renewal);
        assertThat(state.due(THREE, renewal - 1)).isEmpty();
        assertThat(state.due(THREE, renewal)).contains(peer(0));
        state.granted(peer(0), renewal + HOUR, renewal);
        assertThat(state.due(THREE, renewal)).isEmpty();
    }

    @Test
    void shortSlotIsRenewedAtItsHalf() {
        state.granted(peer(0), 100 * SECOND, 0);
        assertThat(state.due(List.of(), 49 * SECOND)).isEmpty();
        assertThat(state.due(List.of(), 50 * SECOND)).contains(peer(0));
    }

    @Test
    void refusedRenewalIsTriedAgainUntilTheSlotEnds() {
        state.granted(peer(0), HOUR, 0);
        long renewal = Duration.ofMinutes(55).toNanos();
        state.refused(peer(0), renewal);
        assertThat(state.held(renewal)).containsExactly(peer(0));
        assertThat(state.due(List.of(), renewal + 4 * SECOND)).isEmpty();
        assertThat(state.due(List.of(), renewal + 5 * SECOND)).contains(peer(0));
        assertThat(state.held(HOUR)).isEmpty();
    }

    @Test
    void relayThatRefusesIsAskedEverMoreSeldom() {
        List<PeerId> one = List.of(peer(0));
        long now = 0;
        for (long wait : new long[] {5, 10, 20, 40, 80, 160, 300, 300}) {
            state.refused(peer(0), now);
            assertThat(state.due(one, now + wait * SECOND - 1)).isEmpty();
            assertThat(state.nextNanos()).isEqualTo(now + wait * SECOND);
            now += wait * SECOND;
            assertThat(state.due(one, now)).contains(peer(0));
        }
    }

    @Test
    void lostRelayIsAskedAgainAtOnceAndOthersMeanwhile() {
        state.granted(peer(0), HOUR, 0);
        state.granted(peer(1), HOUR, 0);
        assertThat(state.lost(peer(0), SECOND)).isTrue();
        assertThat(state.lost(peer(2), SECOND)).isFalse();
        assertThat(state.held(SECOND)).containsExactly(peer(1));
        assertThat(state.due(THREE, SECOND)).contains(peer(0));
        state.refused(peer(0), SECOND);
        assertThat(state.due(THREE, SECOND)).contains(peer(2));
    }

    @Test
    void boundedNumberOfRelaysIsRemembered() {
        IntStream.range(0, 100).forEach(i -> state.refused(peer(i), i));
        assertThat(state.known())
                .hasSize(RelayLimits.defaults().relaysKnownMax())
                .contains(peer(99));
    }
}
