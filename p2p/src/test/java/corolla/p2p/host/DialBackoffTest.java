package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.P2pLimits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DialBackoffTest {
    private static final Multiaddr ADDRESS = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");
    private static final P2pLimits LIMITS = P2pLimits.defaults();

    private final DialBackoff backoff = new DialBackoff(LIMITS);

    private static long seconds(long count) {
        return Duration.ofSeconds(count).toNanos();
    }

    @Test
    void retryIsAllowedOnceAndChangesNothingElse() {
        backoff.failed(ADDRESS, "connection refused", 0);
        backoff.allowOnce(ADDRESS);
        assertThat(backoff.reason(ADDRESS, seconds(1))).isEmpty();
        assertThat(backoff.failedLately(ADDRESS, seconds(1))).isTrue();
        backoff.failed(ADDRESS, "connection refused", seconds(1));
        assertThat(backoff.reason(ADDRESS, seconds(2))).isPresent();
        assertThat(backoff.reason(ADDRESS, seconds(5)))
                .as("not one second longer")
                .isEmpty();
    }

    @Test
    void addressThatNeverFailedMayBeDialed() {
        assertThat(backoff.reason(ADDRESS, 0)).isEmpty();
    }

    @Test
    void waitGrowsWithTheSquareOfTheFailures() {
        long now = 0;
        for (long wait : new long[] {5, 6, 9, 14, 21}) {
            backoff.failed(ADDRESS, "connection refused", now);
            assertThat(backoff.reason(ADDRESS, now + seconds(wait) - 1)).isPresent();
            now += seconds(wait);
            assertThat(backoff.reason(ADDRESS, now)).as("after " + wait).isEmpty();
        }
    }

    @Test
    void waitIsCappedAndSaysWhy() {
        for (int i = 0; i < 100; i++) {
            backoff.failed(ADDRESS, "connection refused", 0);
        }
        assertThat(backoff.reason(ADDRESS, seconds(299)).orElseThrow())
                .isEqualTo("not tried again for 2 s, since it failed: connection refused");
        assertThat(backoff.reason(ADDRESS, seconds(300))).isEmpty();
    }

    @Test
    void whoIsNotThereIsSoughtThereMuchLater() {
        backoff.isAnothers(ADDRESS, "somebody else answered", 0);
        assertThat(backoff.reason(ADDRESS, seconds(299)).orElseThrow()).contains("somebody else answered");
        assertThat(backoff.reason(ADDRESS, seconds(300))).isEmpty();
    }

    @Test
    void successForgives() {
        backoff.failed(ADDRESS, "x", 0);
        backoff.succeeded(ADDRESS);
        assertThat(backoff.reason(ADDRESS, 0)).isEmpty();
        backoff.failed(ADDRESS, "x", 0);
        assertThat(backoff.reason(ADDRESS, seconds(5))).isEmpty();
    }

    @Test
    void failuresRememberedAreBounded() {
        for (int i = 0; i <= LIMITS.dialBackoffsMax(); i++) {
            backoff.failed(Multiaddr.parse("/ip4/10.0.%d.%d/tcp/1".formatted(i / 256, i % 256)), "x", 0);
        }
        assertThat(backoff.reason(Multiaddr.parse("/ip4/10.0.0.0/tcp/1"), 0)).isEmpty();
        assertThat(backoff.reason(Multiaddr.parse("/ip4/10.0.0.1/tcp/1"), 0)).isPresent();
    }
}
