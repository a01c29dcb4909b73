package corolla.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
    @Test
    void asManyBlocksAsFitBesideWhatCallsNeed() {
        assertThat(MemoryPlan.of(8000, 900, 100, 70)).isEqualTo(new MemoryPlan(7, 1000));
        assertThat(MemoryPlan.of(8000, 900, 101, 70).blocks()).isEqualTo(6);
        assertThat(MemoryPlan.of(8000, 900, 100, 4).blocks()).isEqualTo(4);
    }

    @Test
    void deviceKeepsAReserve() {
        assertThat(MemoryPlan.lent(8000, OptionalLong.empty())).isEqualTo(7600);
        assertThat(MemoryPlan.lent(8000, OptionalLong.of(5000))).isEqualTo(5000);
        assertThat(MemoryPlan.lent(8000, OptionalLong.of(7900))).isEqualTo(7600);
    }

    @Test
    void tooLittleIsSaidWithItsFigures() {
        assertThatThrownBy(() -> MemoryPlan.of(800, 900, 100, 70))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("900")
                .hasMessageContaining("--attn-cache-tokens");
    }
}
