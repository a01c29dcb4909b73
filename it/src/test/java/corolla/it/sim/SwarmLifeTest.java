package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.testkit.SimulatedWorld;
import corolla.testkit.SimulationOptions;
import corolla.testkit.crypto.CheapCrypto;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random swarms with all kinds of harm: answers are right or refused with a reason, nothing hangs, nothing is left held. */
class SwarmLifeTest {
    @TempDir
    private static Path folder = Path.of("set by JUnit");

    private static TinyModel model;
    private static Questions questions;
    private static CheapCrypto crypto;

    @BeforeAll
    static void load() throws IOException, InterruptedException {
        crypto = CheapCrypto.install();
        model = new TinyModel(folder);
        questions = new Questions(model, 50);
    }

    @AfterAll
    static void close() throws IOException {
        model.close();
        crypto.close();
    }

    private static SimulatedWorld.Outcome live(long seed, SwarmSize size) {
        return SimulatedWorld.run(seed, SimulationOptions.defaults(), world -> {
            Tally tally = SwarmLife.live(world, model, questions, size);
            assertThat(tally.answered()).as(tally.toString()).isPositive();
            assertThat(tally.avoidableCount()).as("%s", tally.refusals()).isZero();
        });
    }

    @Test
    void sameSeedGivesTheSameTrace() {
        SimulatedWorld.Outcome first = live(3, SwarmSize.small());
        SimulatedWorld.Outcome second = live(3, SwarmSize.small());
        assertThat(second.trace()).isEqualTo(first.trace());
        assertThat(live(4, SwarmSize.small()).trace()).isNotEqualTo(first.trace());
    }

    @Test
    @Tag("sim-long")
    void swarmsOfAHundredSeeds() {
        for (long seed = 100; seed < 200; seed++) {
            live(seed, SwarmSize.small());
        }
    }
}
