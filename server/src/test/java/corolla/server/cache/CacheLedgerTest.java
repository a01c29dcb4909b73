package corolla.server.cache;

import static corolla.server.cache.CacheLedger.Decision.FULL;
import static corolla.server.cache.CacheLedger.Decision.GRANTED;
import static corolla.server.cache.CacheLedger.Decision.NEVER;
import static corolla.server.cache.CacheLedger.Decision.PEER_SHARE;
import static corolla.server.cache.CacheLedger.Decision.TOO_MANY_WAIT;
import static corolla.server.cache.CacheLedger.Decision.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.p2p.PeerId;
import corolla.server.cache.CacheLedger.Request;
import org.junit.jupiter.api.Test;

class CacheLedgerTest {
    private static final PeerId A = peer(1);
    private static final PeerId B = peer(2);

    private static PeerId peer(int seed) {
        return PeerId.ofPublicKeyMessage(new byte[] {8, 1, 18, 32, (byte) seed});
    }

    @Test
    void requestsThatMayNotWaitAreDecidedAtOnce() {
        var ledger = new CacheLedger(100, 100, 4);
        assertThat(ledger.request(new Request(A, 60), false)).isEqualTo(GRANTED);
        assertThat(ledger.request(new Request(A, 50), false)).isEqualTo(FULL);
        assertThat(ledger.request(new Request(A, 40), false)).isEqualTo(GRANTED);
        assertThat(ledger.bytesFree()).isZero();
        assertThat(ledger.request(new Request(A, 0), false)).isEqualTo(GRANTED);
    }

    @Test
    void whatNeverFitsIsRefusedEvenIfItMayWait() {
        assertThat(new CacheLedger(100, 100, 4).request(new Request(A, 101), true))
                .isEqualTo(NEVER);
        assertThat(new CacheLedger(100, 50, 4).request(new Request(A, 51), true))
                .isEqualTo(PEER_SHARE);
    }

    @Test
    void waitingRequestsCountForThoseThatMayNotWait() {
        var ledger = new CacheLedger(100, 100, 4);
        var first = new Request(A, 60);
        ledger.request(first, false);
        assertThat(ledger.request(new Request(A, 50), true)).isEqualTo(WAIT);
        assertThat(ledger.request(new Request(B, 10), false)).isEqualTo(FULL);
    }

    @Test
    void aLargeRequestInFrontIsNotOvertaken() {
        var ledger = new CacheLedger(100, 100, 4);
        var first = new Request(A, 60);
        var large = new Request(B, 90);
        var small = new Request(peer(3), 10);
        ledger.request(first, true);
        ledger.request(large, true);
        assertThat(ledger.request(small, true)).isEqualTo(WAIT);
        assertThat(ledger.retry(small)).isEqualTo(WAIT);
        ledger.release(first);
        assertThat(ledger.retry(small)).isEqualTo(WAIT);
        assertThat(ledger.retry(large)).isEqualTo(GRANTED);
        assertThat(ledger.retry(small)).isEqualTo(GRANTED);
        assertThat(ledger.bytesFree()).isZero();
    }

    @Test
    void onesWhoGiveUpLeaveTheQueue() {
        var ledger = new CacheLedger(100, 100, 4);
        ledger.request(new Request(A, 60), true);
        var large = new Request(A, 90);
        var small = new Request(B, 10);
        ledger.request(large, true);
        ledger.request(small, true);
        ledger.giveUp(large);
        assertThat(ledger.retry(small)).isEqualTo(GRANTED);
    }

    @Test
    void aPeerAboveItsShareHoldsBackOnlyItself() {
        var ledger = new CacheLedger(100, 50, 4);
        var first = new Request(A, 40);
        var own = new Request(A, 20);
        var other = new Request(B, 30);
        ledger.request(first, true);
        assertThat(ledger.request(new Request(A, 20), false)).isEqualTo(PEER_SHARE);
        assertThat(ledger.request(own, true)).isEqualTo(WAIT);
        assertThat(ledger.request(other, true)).isEqualTo(WAIT);
        assertThat(ledger.retry(own)).isEqualTo(WAIT);
        assertThat(ledger.retry(other)).isEqualTo(GRANTED);
        ledger.release(first);
        assertThat(ledger.retry(own)).isEqualTo(GRANTED);
    }

    @Test
    void theQueueHasALimit() {
        var ledger = new CacheLedger(100, 100, 1);
        ledger.request(new Request(A, 100), true);
        assertThat(ledger.request(new Request(A, 10), true)).isEqualTo(WAIT);
        assertThat(ledger.request(new Request(A, 10), true)).isEqualTo(TOO_MANY_WAIT);
    }
}
