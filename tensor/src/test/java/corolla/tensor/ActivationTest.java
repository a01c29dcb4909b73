package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {

    /** Tables of the normal distribution, and closed forms of the others. */
    @ParameterizedTest
    @CsvSource({
        "SILU, 0, 0",
        "SILU, 1, 0.7310585786300049",
        "SILU, -2, -0.2384058440442351",
        "GELU, 0, 0",
        "GELU, 1, 0.8413447460685429",
        "GELU, -1, -0.15865525393145707",
        "GELU, 3, 2.9959503059051103",
        "GELU, -5, -1.4332578593633e-6",
        "GELU_TANH, 1, 0.8411919906082768",
        "GELU_TANH, -1, -0.15880800939172324"
    })
    void valuesAreKnown(Activation activation, double x, double value) {
        assertThat(activation.value(x)).isCloseTo(value, within(1e-12));
    }

    @ParameterizedTest
    @EnumSource
    void slopeIsTheDerivative(Activation activation) {
        double step = 1e-5;
        for (double x = -9.05; x < 9; x += 0.3) {
            double difference = (activation.value(x + step) - activation.value(x - step)) / (2 * step);
            assertThat(activation.slope(x)).as("at %s", x).isCloseTo(difference, within(1e-9));
        }
    }
}
