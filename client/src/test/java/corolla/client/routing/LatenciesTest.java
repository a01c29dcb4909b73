package corolla.client.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.client.FakeSwarm;
import corolla.p2p.PeerId;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    private final PeerId peer = FakeSwarm.peer(1);
    private final Latencies latencies = new Latencies();

    private double now(long nanoTime) {
        return latencies.fresh(nanoTime).getOrDefault(peer, -1.0);
    }

    @Test
    void firstValueIsTakenAsItIsAndThenSmoothed() {
        latencies.measured(peer, 1.0, 0);
        assertThat(now(1)).isEqualTo(1.0);
        latencies.measured(peer, 2.0, 1);
        assertThat(now(2)).isCloseTo(1.2, within(1e-12));
    }

    @Test
    void silenceIsInfiniteAtOnceAndForgottenAtOnce() {
        latencies.measured(peer, 1.0, 0);
        latencies.measured(peer, Double.POSITIVE_INFINITY, 1);
        assertThat(now(1)).isInfinite();
        latencies.measured(peer, 3.0, 2);
        assertThat(now(2)).isEqualTo(3.0);
    }

    @Test
    void valuesExpire() {
        latencies.measured(peer, 1.0, 0);
        assertThat(now(Latencies.EXPIRY.toNanos() - 1)).isEqualTo(1.0);
        assertThat(now(Latencies.EXPIRY.toNanos())).isEqualTo(-1.0);
        latencies.measured(peer, 5.0, Latencies.EXPIRY.toNanos());
        assertThat(now(Latencies.EXPIRY.toNanos())).isEqualTo(5.0);
    }
}
