package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NormalFloatTest {
    private static final int STEPS = 1 << 16;

    @Test
    void nearestIsTheNearestOfAllPoints() {
        for (int i = -STEPS; i <= STEPS; i++) {
            float value = 1.25f * i / STEPS;
            assertThat(NormalFloat.nearest(value)).as("%s", value).isEqualTo(scanned(value));
        }
    }

    @Test
    void borderBelongsToTheLowerCode() {
        for (int code = 0; code < 15; code++) {
            float border = (NormalFloat.point(code) + NormalFloat.point(code + 1)) / 2;
            assertThat(NormalFloat.nearest(border)).isEqualTo(code);
            assertThat(NormalFloat.nearest(Math.nextDown(border))).isEqualTo(code);
            assertThat(NormalFloat.nearest(Math.nextUp(border))).isEqualTo(code + 1);
        }
    }

    @Test
    void whatIsFarAwayIsAtTheEnds() {
        assertThat(NormalFloat.nearest(-1e30f)).isZero();
        assertThat(NormalFloat.nearest(1e30f)).isEqualTo(15);
        assertThat(NormalFloat.nearest(0)).isEqualTo(NormalFloat.ZERO);
    }

    private static int scanned(float value) {
        int best = 0;
        for (int code = 1; code < 16; code++) {
            if (value > (NormalFloat.point(code - 1) + NormalFloat.point(code)) / 2) {
                best = code;
            }
        }
        return best;
    }
}
