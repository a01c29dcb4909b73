package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RouterRowTest {
    /** The double that the library gives is within its last bit, which a float seldom sees. */
    @Test
    void exponentialIsTheNearestFloat() {
        int off = 0;
        for (int i = -110_000; i < 95_000; i++) {
            float x = i * 1.0003e-3f;
            float found = RouterRow.exp(x);
            float wanted = (float) StrictMath.exp(x);
            assertThat(found == wanted ? 0 : Math.abs(found - wanted))
                    .as("e^%s", x)
                    .isLessThanOrEqualTo(Math.ulp(wanted));
            off += found == wanted ? 0 : 1;
        }
        assertThat(off).isLessThan(3);
    }

    @Test
    void exponentialOfWhatIsNoOrdinaryNumber() {
        assertThat(RouterRow.exp(Float.NaN)).isNaN();
        assertThat(RouterRow.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(RouterRow.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(RouterRow.exp(-0f)).isEqualTo(1f);
        assertThat(RouterRow.exp(88.72283f)).isFinite();
    }
}
