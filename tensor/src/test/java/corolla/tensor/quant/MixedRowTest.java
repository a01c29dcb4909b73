package corolla.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.Tensor;
import corolla.tensor.contract.Numeric;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

final class MixedRowTest {

    private static MixedRow split(float... values) {
        try (Arena arena = Arena.ofConfined()) {
            MixedRow row = new MixedRow(values.length);
            row.split(Tensor.of(arena, values, 1, values.length).data(), 0);
            return row;
        }
    }

    @Test
    void featuresOfSixAndMoreAreOutliers() {
        MixedRow row = split(1, 6, -5.9f, -7, Float.NaN, Float.POSITIVE_INFINITY, 0);
        assertThat(row.outlierCount()).isEqualTo(4);
        assertThat(row.outlierColumn(0)).isEqualTo(1);
        assertThat(row.outlierColumn(3)).isEqualTo(5);
        assertThat(row.scale()).isEqualTo(5.9f / 127);
        assertThat(row.numbers()).containsExactly(22, 0, -127, 0, 0, 0, 0);
    }

    @Test
    void restIsWithinHalfAStep() {
        float[] values = Numeric.random(3, 1000);
        MixedRow row = split(values);
        assertThat(row.outlierCount()).isZero();
        for (int k = 0; k < values.length; k++) {
            assertThat(row.scale() * row.numbers()[k]).isCloseTo(values[k], within(0.5001f * row.scale()));
        }
    }

    @Test
    void rowsWithoutScaleAreZeros() {
        assertThat(split(0, 0, 0).numbers()).containsOnly(0);
        assertThat(split(Float.MIN_VALUE, 0).numbers()).containsOnly(0);
        assertThat(split(8, 9).scale()).isZero();
    }
}
