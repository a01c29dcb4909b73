package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With shells in the place of servers: how processes are watched does not depend on what they compute. */
class ServerFleetTest {
    private static final Duration TIME = Duration.ofSeconds(30);

    /** Ends in order when it is told to. */
    private static final String SERVER =
            "trap 'echo ends >&2; exit 0' TERM; echo /addr/$0; echo ready; while :; do sleep 0.05; done";

    @TempDir
    Path folder = Path.of("");

    private final RealEnvironment real = RealEnvironment.create(1);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console = new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false);
    private final CountDownLatch over = new CountDownLatch(1);

    @AfterEach
    void close() {
        real.close();
    }

    private ServerFleet start(String... scripts) throws Exception {
        List<String> names = List.of("cuda:0", "cuda:1").subList(0, scripts.length);
        List<List<String>> commands = new ArrayList<>();
        for (int i = 0; i < scripts.length; i++) {
            commands.add(List.of("sh", "-c", scripts[i], names.get(i)));
        }
        ServerFleet fleet = ServerFleet.start(
                console, real.environment().tasks(), real.environment().clock(), names, commands);
        fleet.whenOver(over::countDown);
        return fleet;
    }

    private void awaitOutput(String wanted) {
        while (!out.toString(StandardCharsets.UTF_8).contains(wanted)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void readyIsSaidOnceWhenAllAre() throws Exception {
        try (ServerFleet fleet = start(SERVER, SERVER)) {
            awaitOutput("ready");
            fleet.terminate();
            assertThat(fleet.awaitEnd(TIME)).isTrue();
            assertThat(fleet.failures()).isEmpty();
        }
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactlyInAnyOrder("/addr/cuda:0", "/addr/cuda:1", "ready")
                .last()
                .isEqualTo("ready");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("cuda:0: ends", "cuda:1: ends");
    }

    @Test
    void oneThatCannotStartEndsAll() throws Exception {
        try (ServerFleet fleet = start(SERVER, "echo no memory >&2; exit 1")) {
            assertThat(over.await(TIME.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(fleet.failures()).containsExactly("cuda:1 with 1");
        }
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("cuda:1: no memory", "cuda:1: ended with 1");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("ready");
    }

    @Test
    void oneThatIsLostLaterLeavesTheOthers() throws Exception {
        Path signal = folder.resolve("lost");
        String lost = "echo ready; while ! [ -e " + signal + " ]; do sleep 0.05; done; exit 1";
        try (ServerFleet fleet = start(SERVER, lost)) {
            awaitOutput("ready");
            Files.createFile(signal);
            while (fleet.failures().isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(over.getCount()).as("one server goes on").isEqualTo(1);
            fleet.terminate();
            assertThat(fleet.awaitEnd(TIME)).isTrue();
            assertThat(fleet.failures()).containsExactly("cuda:1 with 1");
        }
    }
}
