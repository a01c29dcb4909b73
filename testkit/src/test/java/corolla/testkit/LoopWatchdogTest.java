package corolla.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LoopWatchdogTest {

    @Test
    @Timeout(60)
    void aThreadThatNeverLetsGoIsShownWithItsStack() {
        Loop loop = new Loop(1, 1, new Trace(false));
        List<String> reports = new CopyOnWriteArrayList<>();
        loop.newThread("spinner", new Loop.Turnstile(), () -> spinUntilReported(reports))
                .start();

        try (LoopWatchdog _ = new LoopWatchdog(loop, 5, Duration.ofMillis(1), reports::add)) {
            loop.run(Long.MAX_VALUE);
        }

        assertThat(reports.getFirst())
                .contains("seed 5", "no step", "running: spinner")
                .contains("LoopWatchdogTest.spinUntilReported");
    }

    private static void spinUntilReported(List<String> reports) {
        while (reports.stream().noneMatch(report -> report.contains("spinUntilReported"))) {
            Thread.onSpinWait();
        }
    }
}
