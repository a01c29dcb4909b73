package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.client.routing.Hop;
import corolla.swarm.Span;
import corolla.swarm.SwarmException;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant 1: a greedy answer does not depend on who computed it, beside whom, or how many servers died on the way. */
class SwarmSimulationTest {
    private static final int[] PROMPT = {1, 17, 42, 99, 3, 200, 7};
    private static final int TOKENS = 24;

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

    @Test
    void theSameSeedGivesTheSameAnswerByTheSameWay() {
        Set<Long> traces = new LinkedHashSet<>();
        for (long seed = 1; seed <= 3; seed++) {
            traces.add(SimulatedWorld.assertReplays(seed, 3, world -> {
                        SimulatedSwarm swarm = threeServers(world);
                        answer(world, swarm.client("client"), PROMPT, GenerationListener.silent());
                    })
                    .trace());
        }
        assertThat(traces).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void tokensAreThoseOfTheSingleProcess(long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = threeServers(world);
            int[] ids = answer(world, swarm.client("client"), PROMPT, GenerationListener.silent());
            assertThat(ids).containsExactly(model.greedy(PROMPT, TOKENS));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aServerThatCrashesInMidAnswerIsReplacedAndNobodyNotices(long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = threeServers(world);
            swarm.server("spare-front", 0, 4);
            swarm.server("spare-back", 3, 6);
            int[] ids = answerWith(world, swarm, 6, (machine, _) -> machine.crash());
            assertThat(ids).containsExactly(model.greedy(PROMPT, TOKENS));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aServerThatFallsSilentInMidAnswerIsReplaced(long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = threeServers(world);
            swarm.server("spare-front", 0, 4);
            swarm.server("spare-back", 3, 6);
            int[] ids = answerWith(
                    world, swarm, 3, (machine, client) -> world.network().cut(machine, client));
            assertThat(ids).containsExactly(model.greedy(PROMPT, TOKENS));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void manyClientsAtOnceGetEachItsOwnAnswer(long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = threeServers(world);
            List<Task<int[]>> answers = new ArrayList<>();
            TaskScope scope = world.tasks().open("clients");
            for (int i = 0; i < 6; i++) {
                int[] prompt = {1, 10 + i, 20 * i, 5};
                RemoteModel client = swarm.client("client" + i);
                answers.add(
                        scope.fork("client " + i, () -> answer(world, client, prompt, GenerationListener.silent())));
            }
            for (int i = 0; i < 6; i++) {
                int[] prompt = {1, 10 + i, 20 * i, 5};
                assertThat(answers.get(i).await(world.within(Duration.ofMinutes(30))))
                        .containsExactly(model.greedy(prompt, TOKENS));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"0:6", "0:1 1:6", "0:3 3:6", "0:1 1:2 2:3 3:4 4:5 5:6", "0:4 2:6", "0:5 1:6 0:2"})
    void tokensDoNotDependOnHowBlocksAreSplit(String spans) {
        SimulatedWorld.run(11, world -> {
            SimulatedSwarm swarm = new SimulatedSwarm(world, model);
            for (String text : spans.split(" ")) {
                Span span = Span.parse(text);
                swarm.server("server " + text, span.start(), span.end());
            }
            int[] ids = answer(world, swarm.client("client"), PROMPT, GenerationListener.silent());
            assertThat(ids).containsExactly(model.greedy(PROMPT, TOKENS));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aServerThatLeavesInOrderIsReplacedAsWell(long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = threeServers(world);
            swarm.server("spare", 0, 6);
            int[] ids = answerWith(
                    world, swarm, 4, (machine, _) -> swarm.serverOn(machine).close());
            assertThat(ids).containsExactly(model.greedy(PROMPT, TOKENS));
        });
    }

    @Test
    void whenNobodyIsLeftTheErrorSaysSoSoon() {
        for (long seed = 1; seed <= 3; seed++) {
            SimulatedWorld.run(seed, world -> {
                SimulatedSwarm swarm = threeServers(world);
                assertThatThrownBy(() -> answerWith(world, swarm, 2, (machine, _) -> machine.crash()))
                        .isInstanceOf(SwarmException.class)
                        .hasMessageContaining("session lost")
                        .hasMessageContaining("connection refused");
                assertThat(world.clock().nanoTime())
                        .isLessThan(Duration.ofMinutes(10).toNanos());
            });
        }
    }

    private static SimulatedSwarm threeServers(SimulatedWorld world) throws IOException, InterruptedException {
        SimulatedSwarm swarm = new SimulatedSwarm(world, model);
        swarm.server("front", 0, 2);
        swarm.server("middle", 2, 4);
        swarm.server("back", 4, 6);
        return swarm;
    }

    private interface Harm {
        void to(SimulatedNode machine, SimulatedNode client);
    }

    /** An answer during which, at one token, some harm comes to a server of the route, chosen by the seed. */
    private static int[] answerWith(SimulatedWorld world, SimulatedSwarm swarm, int token, Harm harm)
            throws IOException, InterruptedException {
        RemoteModel client = swarm.client("client");
        RemoteSession[] session = new RemoteSession[1];
        int[] count = new int[1];
        GenerationListener listener = (_, _) -> {
            count[0]++;
            if (count[0] == token) {
                List<Hop> route = session[0].route();
                Hop victim = route.get((int) (world.seed() % route.size()));
                harm.to(swarm.machineOf(victim.peer()), world.node("client"));
            }
            return true;
        };
        return answer(world, client, PROMPT, listener, session);
    }

    private static int[] answer(SimulatedWorld world, RemoteModel client, int[] prompt, GenerationListener listener)
            throws IOException, InterruptedException {
        return answer(world, client, prompt, listener, new RemoteSession[1]);
    }

    private static int[] answer(
            SimulatedWorld world, RemoteModel client, int[] prompt, GenerationListener listener, RemoteSession[] tell)
            throws IOException, InterruptedException {
        int tokensMax = prompt.length + TOKENS;
        tell[0] = client.open(1, tokensMax, world.within(Duration.ofMinutes(5)));
        try (ModelSession session =
                new ModelSession(model.local().ends(), world.environment().team(), tell[0], tokensMax)) {
            return new Generation(world.clock(), Duration.ofMinutes(10))
                    .run(session, GenerationRequest.greedy(prompt, TOKENS), TextDecoder.none(), listener)
                    .ids();
        }
    }
}
