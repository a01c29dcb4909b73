package corolla.base.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aBurstPassesAtOnceAndTheRestAtTheRate() {
        var bucket = new TokenBucket(1000, 500, 0);
        assertThat(bucket.take(500, 0)).isZero();
        assertThat(bucket.take(250, 0)).isEqualTo(SECOND / 4);
        assertThat(bucket.take(250, 0)).isEqualTo(SECOND / 2);
    }

    @Test
    void timeFillsItUpToTheBurst() {
        var bucket = new TokenBucket(1000, 500, 0);
        bucket.take(500, 0);
        assertThat(bucket.take(100, SECOND / 10)).isZero();
        assertThat(bucket.take(600, 100 * SECOND)).isEqualTo(SECOND / 10);
    }

    @Test
    void noMoreThanTheRateAndABurstPassInAnyTime() {
        for (int seed = 0; seed < 50; seed++) {
            var random = new Random(seed);
            var bucket = new TokenBucket(10_000, 2_000, 0);
            long now = 0;
            long passed = 0;
            long latest = 0;
            for (int i = 0; i < 500; i++) {
                now += random.nextInt(4) == 0 ? random.nextLong(SECOND) : 0;
                int bytes = 1 + random.nextInt(3000);
                latest = Math.max(latest, now + bucket.take(bytes, now));
                passed += bytes;
                assertThat(passed).as("seed %d", seed).isLessThanOrEqualTo(2_000 + (long) (latest * 1e-9 * 10_000) + 1);
            }
        }
    }

    @Test
    void whoAlwaysWantsMoreGetsTheWholeRate() {
        var bucket = new TokenBucket(10_000, 2_000, 0);
        long now = 0;
        for (int i = 0; i < 1000; i++) {
            now += bucket.take(1000, now);
        }
        assertThat(now * 1e-9).isCloseTo((1000 * 1000 - 2000) / 10_000.0, within(1e-3));
    }

    @Test
    void theClocksOriginDoesNotMatter() {
        var bucket = new TokenBucket(1000, 500, Long.MIN_VALUE);
        assertThat(bucket.take(750, Long.MIN_VALUE)).isEqualTo(SECOND / 4);
        assertThat(bucket.take(0, Long.MIN_VALUE + SECOND)).isZero();
    }

    @Test
    void aRateOfNothingIsAMistake() {
        assertThatThrownBy(() -> new TokenBucket(0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
