package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.testkit.SimulatedWorld;
import corolla.testkit.SimulationOptions;
import corolla.testkit.crypto.CheapCrypto;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The stories under {@code scenario/}, each for some seeds. One seed alone: {@code -Dcorolla.sim.seed=7}. */
class ScenarioTest {
    private static final long SEEDS = 2;

    @TempDir
    private static Path folder = Path.of("set by JUnit");

    private static TinyModel model;
    private static Questions questions;

    @BeforeAll
    static void loadModel() throws IOException, InterruptedException {
        model = new TinyModel(folder);
        questions = new Questions(model, 12);
    }

    @AfterAll
    static void closeModel() throws IOException {
        model.close();
    }

    static List<Scenario> scenarios() throws IOException, URISyntaxException {
        URL folder = Objects.requireNonNull(ScenarioTest.class.getResource("/scenario"), "no scenarios");
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            return files.sorted().map(ScenarioTest::parse).toList();
        }
    }

    private static Scenario parse(Path file) {
        try {
            return ScenarioParser.parse(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void endsAsExpected(Scenario scenario) {
        Long only = Long.getLong("corolla.sim.seed");
        for (long seed = 1; seed <= SEEDS; seed++) {
            run(only == null ? seed : only, scenario);
        }
    }

    /** Keys are real here, as elsewhere; with cheap ones the same story must end as well, for the large simulations use them. */
    @Test
    void endsAsExpectedWithCheapKeys() throws IOException, URISyntaxException {
        try (CheapCrypto _ = CheapCrypto.install()) {
            run(1, scenarios().getFirst());
        }
    }

    /** Every sort of harm replays to the last byte. */
    @ParameterizedTest
    @MethodSource("scenarios")
    void replays(Scenario scenario) {
        long first = run(1, scenario).trace();
        assertThat(run(1, scenario).trace()).isEqualTo(first);
        assertThat(run(2, scenario).trace()).isNotEqualTo(first);
    }

    private static SimulatedWorld.Outcome run(long seed, Scenario scenario) {
        try {
            return SimulatedWorld.run(
                    seed,
                    SimulationOptions.defaults().withNetwork(ScenarioRun.network(scenario)),
                    world -> ScenarioRun.play(world, model, questions, scenario));
        } catch (AssertionError failed) {
            throw new AssertionError(
                    "scenario " + scenario.name() + " seed " + seed + " failed; replay: ./mvnw -pl it -am test -Dtest="
                            + "ScenarioTest -Dcorolla.sim.seed=" + seed + "\n" + failed.getMessage(),
                    failed);
        }
    }
}
