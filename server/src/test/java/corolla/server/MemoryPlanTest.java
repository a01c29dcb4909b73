package corolla.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryPlanTest {
    @Test
    void asManyBlocksAsFitBesideWhatCallsNeed() {
        assertThat(MemoryPlan.of(8000, 900, 100, 70)).isEqualTo(new MemoryPlan(7, 1000));
        assertThat(MemoryPlan.of(8000, 900, 101, 70).blocks()).isEqualTo(6);
        assertThat(MemoryPlan.of(8000, 900, 100, 4).blocks()).isEqualTo(4);
    }

    @Test
    void tooLittleIsSaidWithItsFigures() {
        assertThatThrownBy(() -> MemoryPlan.of(800, 900, 100, 70))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("900")
                .hasMessageContaining("--attn-cache-tokens");
    }
}
