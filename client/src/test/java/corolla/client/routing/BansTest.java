package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.FakeSwarm;
import corolla.client.routing.Failure.Kind;
import corolla.p2p.PeerId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BansTest {
    private static final long SECOND = 1_000_000_000L;

    private static final Failure LOST = new Failure(Kind.UNREACHABLE, "lost");
    private static final Failure FULL = new Failure(Kind.REFUSED, "Cannot allocate");

    private final PeerId peer = FakeSwarm.peer(1);
    private final Bans bans = new Bans(Duration.ofSeconds(15));

    @Test
    void failureBansForAWhile() {
        bans.failed(peer, LOST, 0);
        assertThat(bans.active(14 * SECOND)).containsExactly(peer);
        assertThat(bans.active(15 * SECOND)).isEmpty();
        assertThat(bans.reasons(SECOND)).containsEntry(peer, "lost");
    }

    @Test
    void failuresDuringABanDoNotExtendIt() {
        bans.failed(peer, LOST, 0);
        bans.failed(peer, LOST, 10 * SECOND);
        assertThat(bans.active(16 * SECOND)).isEmpty();
    }

    @Test
    void eachFurtherFailureBansTwiceAsLong() {
        bans.failed(peer, LOST, 0);
        bans.failed(peer, LOST, 20 * SECOND);
        assertThat(bans.active(49 * SECOND)).containsExactly(peer);
        assertThat(bans.active(50 * SECOND)).isEmpty();
    }

    @Test
    void successClearsBanAndCount() {
        bans.failed(peer, LOST, 0);
        bans.succeeded(peer);
        assertThat(bans.active(SECOND)).isEmpty();
        bans.failed(peer, LOST, 2 * SECOND);
        assertThat(bans.active(18 * SECOND)).isEmpty();
    }

    @Test
    void refusalIsShortAndDoesNotCount() {
        bans.failed(peer, FULL, 0);
        assertThat(bans.active(SECOND)).containsExactly(peer);
        assertThat(bans.active(2 * SECOND)).isEmpty();
        bans.failed(peer, LOST, 3 * SECOND);
        assertThat(bans.active(17 * SECOND)).containsExactly(peer);
        assertThat(bans.active(18 * SECOND)).isEmpty();
    }

    @Test
    void faultOfTheRequestBansNobody() {
        bans.failed(peer, new Failure(Kind.REQUEST, "Maximum length exceeded"), 0);
        assertThat(bans.isEmpty()).isTrue();
    }

    @Test
    void serverThatAnswersAgainIsFreeButOnlyOnce() {
        bans.failed(peer, LOST, 0);
        assertThat(bans.awaited(SECOND)).containsExactly(peer);
        bans.answered(peer, SECOND);
        assertThat(bans.active(SECOND)).isEmpty();
        bans.failed(peer, LOST, 2 * SECOND);
        assertThat(bans.awaited(3 * SECOND)).isEmpty();
        bans.answered(peer, 3 * SECOND);
        assertThat(bans.active(31 * SECOND)).containsExactly(peer);
    }

    @Test
    void serverThatIsStartingIsAskedAgainSoon() {
        bans.failed(peer, new Failure(Kind.STARTING, "protocol not supported"), 0);
        assertThat(bans.active(SECOND / 10)).containsExactly(peer);
        assertThat(bans.active(SECOND / 2)).isEmpty();
        bans.failed(peer, LOST, SECOND);
        assertThat(bans.active(15 * SECOND)).as("its first failure").containsExactly(peer);
    }

    @Test
    void serverThatNeverBeginsIsAskedLessAndLess() {
        var starting = new Failure(Kind.STARTING, "protocol not supported");
        long now = 0;
        for (int i = 0; i < 20; i++) {
            bans.failed(peer, starting, now);
            now += 15 * SECOND;
        }
        long last = now - 15 * SECOND;
        assertThat(bans.active(last + 14 * SECOND)).containsExactly(peer);
        assertThat(bans.active(last + 15 * SECOND)).isEmpty();
        bans.succeeded(peer);
        bans.failed(peer, starting, now);
        assertThat(bans.active(now + SECOND / 2)).as("it has served since").isEmpty();
    }

    @Test
    void brokenServerIsNotFreedByAnAnswerToAPing() {
        bans.failed(peer, new Failure(Kind.BROKEN, "nonsense"), 0);
        bans.answered(peer, SECOND);
        assertThat(bans.active(SECOND)).containsExactly(peer);
    }
}
