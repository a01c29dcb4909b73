package corolla.it.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import corolla.it.chaos.ChaosRun.Outcome;
import corolla.it.chaos.ChaosRun.Settings;
import corolla.it.chaos.ChaosRun.Victims;
import corolla.it.chaos.SwarmPlan.Kind;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Five server processes of the tiny Llama, harmed one after the other while they answer: every answer comes, and is the undisturbed one. */
@Tag("e2e")
class ChaosTest {
    private static final int ANSWERS = 24;

    @TempDir
    private Path folder = Path.of("set by JUnit");

    @ParameterizedTest
    @CsvSource({"KILL, 4000", "FREEZE, 4000", "SPOIL, 2000"})
    void answersAreThoseOfTheUndisturbedRun(Harm harm, long periodMillis) throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Path logs = Files.createDirectories(folder.resolve("logs"));
        var settings = new Settings(
                harm,
                ANSWERS,
                200,
                Duration.ofMillis(periodMillis),
                Victims.ALL,
                1,
                Duration.ofMinutes(5),
                Duration.ofMinutes(5));
        try (RealEnvironment real = RealEnvironment.create(1)) {
            var progress = new Progress(real.environment().clock(), settings);
            Kind kind = harm.isOfAnswers() ? Kind.OURS_SPOILED : Kind.OURS;
            Chaos.run(real.environment(), logs, model.toString(), kind, "", settings, progress);
            Outcome outcome = progress.outcome();
            assertThat(outcome.failures()).isEmpty();
            assertThat(outcome.equal())
                    .as("answers that differ from token %s on", outcome.unequal())
                    .isEqualTo(ANSWERS);
            assertThat(outcome.harms()).isPositive();
        }
    }
}
