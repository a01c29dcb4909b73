package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.FakeSwarm;
import corolla.p2p.PeerId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BansTest {
    private static final long SECOND = 1_000_000_000L;

    private final PeerId peer = FakeSwarm.peer(1);
    private final Bans bans = new Bans(Duration.ofSeconds(15));

    @Test
    void failureBansForAWhile() {
        bans.failed(peer, "lost", 0);
        assertThat(bans.active(14 * SECOND)).containsExactly(peer);
        assertThat(bans.active(15 * SECOND)).isEmpty();
        assertThat(bans.reasons(SECOND)).containsEntry(peer, "lost");
    }

    @Test
    void failuresDuringABanDoNotExtendIt() {
        bans.failed(peer, "lost", 0);
        bans.failed(peer, "lost", 10 * SECOND);
        assertThat(bans.active(16 * SECOND)).isEmpty();
    }

    @Test
    void eachFurtherFailureBansTwiceAsLong() {
        bans.failed(peer, "lost", 0);
        bans.failed(peer, "lost", 20 * SECOND);
        assertThat(bans.active(49 * SECOND)).containsExactly(peer);
        assertThat(bans.active(50 * SECOND)).isEmpty();
    }

    @Test
    void successClearsBanAndCount() {
        bans.failed(peer, "lost", 0);
        bans.succeeded(peer);
        assertThat(bans.active(SECOND)).isEmpty();
        bans.failed(peer, "lost", 2 * SECOND);
        assertThat(bans.active(18 * SECOND)).isEmpty();
    }
}
