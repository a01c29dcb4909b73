package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.client.routing.Hop;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long an answer stands still, in virtual time, when the server that computes it is lost in one way or another. */
class RecoverySimulationTest {
    private static final int[] PROMPT = {1, 17, 42, 99, 3, 200, 7};
    private static final int TOKENS = 24;
    private static final int HARMED_AT = 10;
    private static final int SEEDS = 20;

    @TempDir
    private static Path folder = Path.of("set by JUnit");

    private static TinyModel model;

    @BeforeAll
    static void loadModel() throws IOException {
        model = new TinyModel(folder);
    }

    @AfterAll
    static void closeModel() throws IOException {
        model.close();
    }

    private interface Harm {
        void to(SimulatedNode victim, SimulatedNode before, SimulatedWorld world, SimulatedSwarm swarm);
    }

    private static final String[] WITH_SPARES = {"0:2", "2:4", "4:6", "0:4 spare", "2:6 spare"};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void crashedServerCostsLessThanASecond(long seed) {
        assertThat(standstill(seed, (victim, _, _, _) -> victim.crash())).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void serverThatIsCutOffFromAllCostsLessThanTwoSecondsAsARule() {
        Harm cutOff = (victim, before, world, _) -> {
            world.network().cut(victim, before);
            world.network().cut(victim, world.node("client"));
        };
        List<Duration> standstills = standstills(cutOff);
        assertThat(standstills.getFirst()).isGreaterThan(Duration.ofMillis(300));
        assertThat(standstills.get(SEEDS * 3 / 4)).isLessThan(Duration.ofMillis(2500));
        assertThat(standstills.get(SEEDS / 2)).isLessThan(Duration.ofMillis(1500));
        assertThat(standstills.getLast()).isLessThan(Duration.ofMillis(3500));
    }

    @Test
    void pushesThatGetLostCostLessThanASecondOnceInAWhileAsARule() {
        Harm noPushes = (victim, before, world, _) -> world.network().cut(victim, before);
        List<Duration> standstills = standstills(noPushes);
        assertThat(standstills.getFirst()).isGreaterThan(Duration.ofMillis(150));
        assertThat(standstills.get(SEEDS * 3 / 4)).isLessThan(Duration.ofSeconds(1));
        assertThat(standstills.get(SEEDS / 2)).isLessThan(Duration.ofMillis(600));
        assertThat(standstills.getLast()).isLessThan(Duration.ofMillis(1200));
    }

    /** Of many seeds, the shortest first: how long one stands still depends on what was on its way just then. */
    private static List<Duration> standstills(Harm harm) {
        return LongStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> standstill(seed, harm))
                .sorted()
                .toList();
    }

    /** It is the only one of its blocks, and the host has just learned that its address does not answer. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void serverThatComesBackIsUsedWithinASecond(long seed) {
        long[] away = new long[1];
        Harm restart = (victim, _, world, swarm) -> {
            long crashed = world.clock().nanoTime();
            victim.crash();
            world.tasks().open("operator").run("restart", () -> {
                world.clock().sleep(Duration.ofSeconds(4));
                swarm.comeBack(victim);
                away[0] = world.clock().nanoTime() - crashed;
            });
        };
        Duration standstill = standstill(seed, restart, "0:3", "3:6");
        assertThat(standstill.minusNanos(away[0])).isLessThan(Duration.ofSeconds(1));
    }

    private static Duration standstill(long seed, Harm harm) {
        return standstill(seed, harm, WITH_SPARES);
    }

    /** The longest pause between two tokens of an answer whose last server is harmed. */
    private static Duration standstill(long seed, Harm harm, String... servers) {
        long[] longest = new long[1];
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = new SimulatedSwarm(world, model);
            for (String name : servers) {
                swarm.server(name, name.charAt(0) - '0', name.charAt(2) - '0');
            }
            RemoteModel client = swarm.client("client");
            RemoteSession blocks = client.open(1, PROMPT.length + TOKENS, world.within(Duration.ofMinutes(5)));
            long[] last = new long[1];
            int[] count = new int[1];
            GenerationListener listener = (_, _) -> {
                long now = world.clock().nanoTime();
                longest[0] = count[0] == 0 ? 0 : Math.max(longest[0], now - last[0]);
                last[0] = now;
                if (++count[0] == HARMED_AT) {
                    var route = blocks.route();
                    Hop victim = route.getLast();
                    Hop before = route.get(Math.max(0, route.size() - 2));
                    harm.to(swarm.machineOf(victim.peer()), swarm.machineOf(before.peer()), world, swarm);
                }
                return true;
            };
            assertThat(answer(world, blocks, listener)).containsExactly(model.greedy(PROMPT, TOKENS));
        });
        return Duration.ofNanos(longest[0]);
    }

    private static int[] answer(SimulatedWorld world, RemoteSession blocks, GenerationListener listener)
            throws IOException, InterruptedException {
        int tokensMax = PROMPT.length + TOKENS;
        try (ModelSession session =
                new ModelSession(model.local().ends(), world.environment().team(), blocks, tokensMax)) {
            return new Generation(world.clock(), Duration.ofMinutes(10))
                    .run(session, GenerationRequest.greedy(PROMPT, TOKENS), TextDecoder.none(), listener)
                    .ids();
        }
    }
}
