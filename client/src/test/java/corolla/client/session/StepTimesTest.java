package corolla.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepTimesTest {
    private final SessionConfig config = SessionConfig.defaults();
    private final StepTimes times = new StepTimes(config);

    private void answered(Duration time) {
        times.answered(1, time.toNanos());
    }

    @Test
    void fastServerIsDoubtedSoon() {
        answered(Duration.ofMillis(10));
        answered(Duration.ofMillis(20));
        assertThat(times.doubtAfter(1)).isEqualTo(config.doubtMin().plusMillis(60));
    }

    @Test
    void oneSlowStepMakesNobodyPatientForLong() {
        answered(Duration.ofSeconds(4));
        answered(Duration.ofMillis(20));
        assertThat(times.doubtAfter(1)).isEqualTo(config.doubtMin().plusSeconds(1));
        assertThat(times.pingTimeout())
                .as("what stalled it may do so again")
                .isEqualTo(config.pingTimeout().plusSeconds(1));
    }

    @Test
    void slowServerIsNotAskedAllTheTime() {
        answered(Duration.ofSeconds(4));
        answered(Duration.ofSeconds(5));
        assertThat(times.doubtAfter(1)).isEqualTo(config.doubtMin().plusSeconds(12));
    }

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(times.doubtAfter(1)).isEqualTo(Duration.ofSeconds(1));
        times.answered(8, Duration.ofSeconds(9).toNanos());
        assertThat(times.doubtAfter(1)).as("a prompt says little").isEqualTo(Duration.ofSeconds(1));
    }
}
