package corolla.kernels.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

final class ExponentialTest {

    @Test
    void vectorsAndScalarsAgreeBitForBitAndWithTheTruth() {
        float[] x = new float[Lanes.COUNT];
        float[] y = new float[Lanes.COUNT];
        for (float from = -87.25f; from < 88; from += 0.37f) {
            for (int i = 0; i < x.length; i++) {
                x[i] = Math.min(88, from + i * 0.0231f);
            }
            Exponential.of(FloatVector.fromArray(Lanes.F, x, 0)).intoArray(y, 0);
            for (int i = 0; i < x.length; i++) {
                double truth = Math.exp(x[i]);
                assertThat((double) y[i]).as("e^%s", x[i]).isCloseTo(truth, within(3e-7 * truth));
                assertThat(Exponential.of(x[i])).isEqualTo(y[i]);
            }
        }
    }

    @Test
    void extremesStayFinite() {
        assertThat(Exponential.of(-1000f)).isZero();
        assertThat(Exponential.of(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Exponential.of(1000f)).isFinite().isGreaterThan(1e38f);
        FloatVector low = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        assertThat(Exponential.of(low).lane(0)).isZero();
    }
}
