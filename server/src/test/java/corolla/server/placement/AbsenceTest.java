package corolla.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AbsenceTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final PeerId PEER = PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, 7});
    private final Absence absence = new Absence(Duration.ofSeconds(10));

    @Test
    void whoIsSilentInSeveralPingsOverAWhileIsGone() {
        absence.note(PEER, false, 0);
        assertThat(absence.gone(20 * SECOND)).as("one ping can get lost").isEmpty();
        absence.note(PEER, false, 4 * SECOND);
        assertThat(absence.gone(9 * SECOND)).isEmpty();
        assertThat(absence.gone(10 * SECOND)).containsExactly(PEER);
        assertThat(absence.doubted()).containsExactly(PEER);
    }

    @Test
    void anAnswerClearsIt() {
        absence.note(PEER, false, 0);
        absence.note(PEER, false, 20 * SECOND);
        absence.note(PEER, true, 21 * SECOND);
        assertThat(absence.gone(60 * SECOND)).isEmpty();
        absence.note(PEER, false, 61 * SECOND);
        absence.note(PEER, false, 62 * SECOND);
        assertThat(absence.gone(63 * SECOND)).as("counted anew").isEmpty();
    }

    @Test
    void whoseRecordsAreGoneIsForgotten() {
        absence.note(PEER, false, 0);
        absence.retain(Set.of());
        assertThat(absence.doubted()).isEmpty();
    }

    @Test
    void whatIsRememberedIsBounded() {
        for (int i = 0; i < 5000; i++) {
            absence.note(PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, (byte) i, (byte) (i >> 8)}), false, 0);
        }
        assertThat(absence.doubted()).hasSizeLessThanOrEqualTo(1024);
    }
}
