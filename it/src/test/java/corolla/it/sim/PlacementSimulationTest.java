package corolla.it.sim;

import static corolla.it.sim.PlacementSwarm.config;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.client.generation.GenerationListener;
import corolla.it.sim.PlacementSwarm.Placed;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real servers that choose their blocks, move, drain and pause, in virtual time. */
class PlacementSimulationTest {
    private static final int[] PROMPT = {1, 17, 42, 99, 3};
    private static final int TOKENS = 24;
    private static final int LONG = 100;
    private static final Span FRONT = new Span(0, 3);
    private static final Span BACK = new Span(3, 6);

    @TempDir
    private static Path folder = Path.of("set by JUnit");

    private static TinyModel model;
    private static int[] expected = {};
    private static int[] expectedLong = {};

    @BeforeAll
    static void loadModel() throws IOException, InterruptedException {
        model = new TinyModel(folder);
        expected = model.greedy(PROMPT, TOKENS);
        expectedLong = model.greedy(PROMPT, LONG);
    }

    @AfterAll
    static void closeModel() throws IOException {
        model.close();
    }

    private interface Story {
        void tell(SimulatedWorld world, PlacementSwarm swarm) throws IOException, InterruptedException;
    }

    private static void run(long seed, Story story) {
        SimulatedWorld.run(seed, world -> story.tell(world, new PlacementSwarm(world, model)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void serversThatBeginTogetherSpreadOverTheModel(long seed) {
        run(seed, (world, swarm) -> {
            try (TaskScope scope = world.tasks().open("begin")) {
                List<Task<Placed>> begun = List.of("a", "b", "c").stream()
                        .map(name -> scope.fork(
                                name, () -> swarm.serve(name, config(10).blockCount(2))))
                        .toList();
                for (Task<Placed> task : begun) {
                    task.await(world.within(Duration.ofMinutes(1)));
                }
            }
            world.clock().sleep(Duration.ofMinutes(1)); // who has chosen the same as another has time to move
            assertThat(swarm.view().missing(ServerState.ONLINE)).isEmpty();
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 6})
    void oneOfTwoServersFillsTheGapThatACrashHasLeftWhileItsClientWaits(long seed) {
        run(seed, (world, swarm) -> {
            swarm.serve("front", config(10).blocks(FRONT));
            Placed back = swarm.serve("back", config(100).blocks(BACK));
            Placed one = swarm.serve("one", config(10).blockCount(3));
            Placed two = swarm.serve("two", config(10).blockCount(3));
            assertThat(List.of(one.server().span(), two.server().span())).containsExactly(FRONT, FRONT);
            int[] count = new int[1];
            GenerationListener crashing = (_, _) -> {
                if (++count[0] == 8) {
                    back.machine().crash();
                }
                return true;
            };
            int[] ids = swarm.answer(swarm.client("client"), PROMPT, TOKENS, crashing);
            assertThat(ids).containsExactly(expected);
            world.clock().sleep(Duration.ofMinutes(3));
            assertThat(List.of(one.server().span(), two.server().span())).containsExactlyInAnyOrder(FRONT, BACK);
            assertThat(swarm.loaded("one").size() + swarm.loaded("two").size())
                    .as("first blocks and one move")
                    .isEqualTo(3);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aServerMovesWhereTheSwarmIsWeakButNotForALittle(long seed) {
        run(seed, (world, swarm) -> {
            swarm.serve("front", config(10).blocks(FRONT));
            Placed back = swarm.serve("back", config(30).blocks(BACK));
            Placed free = swarm.serve("free", config(10).blockCount(3));
            assertThat(free.server().span()).isEqualTo(FRONT);
            world.clock().sleep(Duration.ofMinutes(3));
            assertThat(swarm.loaded("free")).as("20 beside 30 is well").hasSize(1);
            back.server().close();
            swarm.serve("less", config(9).blocks(BACK));
            world.clock().sleep(Duration.ofMinutes(10));
            assertThat(swarm.loaded("free"))
                    .as("20 beside 9: 10 beside 19 is a tenth more")
                    .hasSize(2);
            assertThat(free.server().span()).isEqualTo(BACK);
            world.clock().sleep(Duration.ofMinutes(10));
            assertThat(swarm.loaded("free")).as("and stays").hasSize(2);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 6})
    void aDrainedServersSessionMovesInGoodTimeWithTheSameTokens(long seed) {
        run(seed, (world, swarm) -> {
            swarm.serve("front", config(10).blocks(FRONT));
            Placed first = swarm.serve("first", config(10).blocks(BACK));
            TaskScope scope = world.tasks().open("drain");
            int[] count = new int[1];
            GenerationListener draining = (_, _) -> {
                if (++count[0] == 6) {
                    scope.run("drain", () -> first.server().drain(Duration.ofMinutes(5)));
                    scope.run("second", () -> {
                        world.clock().sleep(Duration.ofMillis(500)); // until then there is nobody else
                        swarm.serve("second", config(10).blocks(BACK));
                    });
                }
                return true;
            };
            long start = world.clock().nanoTime();
            int[] ids = swarm.answer(swarm.client("client"), PROMPT, LONG, draining);
            assertThat(ids).containsExactly(expectedLong);
            assertThat(first.server().sessions()).isZero();
            assertThat(first.server().isPaused()).isTrue();
            assertThat(world.clock().nanoTime() - start)
                    .as("nobody waited for the deadline")
                    .isLessThan(Duration.ofMinutes(1).toNanos());
            assertThat(swarm.view().servers(4).get(first.node().host().peerId()))
                    .extracting(ServerInfo::state)
                    .isEqualTo(ServerState.OFFLINE);
            scope.close();
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aSessionThatNobodyElseCanTakeIsCutAtTheDeadline(long seed) {
        run(seed, (world, swarm) -> {
            swarm.serve("front", config(10).blocks(FRONT));
            Placed only = swarm.serve("only", config(10).blocks(BACK));
            swarm.client("client").open(1, 16, world.within(Duration.ofMinutes(1)));
            long start = world.clock().nanoTime();
            only.server().drain(Duration.ofSeconds(20));
            assertThat(only.server().sessions()).isZero();
            assertThat(world.clock().nanoTime() - start)
                    .isLessThan(Duration.ofSeconds(25).toNanos());
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aPausedServerKeepsItsWeightsAndComesBack(long seed) {
        run(seed, (world, swarm) -> {
            swarm.serve("front", config(10).blocks(FRONT));
            Placed back = swarm.serve("back", config(10).blocks(BACK));
            back.server().pause(Duration.ofSeconds(20));
            assertThat(back.server().ready()).isFalse();
            assertThat(swarm.view().missing(ServerState.ONLINE)).containsExactly(BACK);
            world.clock().sleep(Duration.ofMinutes(3));
            assertThat(swarm.view().missing(ServerState.ONLINE))
                    .as("it stays away")
                    .containsExactly(BACK);
            assertThat(back.server().resume()).isTrue();
            assertThat(back.server().resume()).as("it is back already").isFalse();
            assertThat(swarm.view().spans(ServerState.ONLINE))
                    .extracting(PeerSpan::span)
                    .containsExactly(FRONT, BACK);
            int[] ids = swarm.answer(swarm.client("client"), PROMPT, TOKENS, GenerationListener.silent());
            assertThat(ids).containsExactly(expected);
            assertThat(swarm.loaded("back")).containsExactly(BACK);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aSessionOnBlocksThatStayLivesThroughAMove(long seed) {
        run(seed, (world, swarm) -> {
            Span middle = new Span(2, 4);
            swarm.serve("front", config(10).blocks(new Span(0, 2)));
            Placed back = swarm.serve("back", config(10).blocks(new Span(4, 6)));
            Placed mover = swarm.serve("mover", config(10).blockCount(4));
            assertThat(mover.server().span()).isEqualTo(new Span(0, 4));
            try (var session = new RawSession(world, swarm.node("client"), model, middle);
                    var other = new RawSession(world, swarm.node("other"), model, new Span(0, 4))) {
                session.open(mover);
                other.open(mover);
                session.stepsAsTheModel(3);
                back.machine().crash();
                assertThat(swarm.awaitSpan(mover, new Span(2, 6), Duration.ofMinutes(1)))
                        .isTrue();
                session.stepsAsTheModel(3);
                assertThat(mover.server().sessions())
                        .as("the other one was cut")
                        .isEqualTo(1);
            }
            assertThat(swarm.loaded("mover")).containsExactly(new Span(0, 4), new Span(4, 6));
        });
    }
}
