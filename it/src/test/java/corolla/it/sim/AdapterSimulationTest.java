package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Task;
import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.model.BlockExecutor;
import corolla.model.adapter.LoraAdapter;
import corolla.model.block.BackwardRequest;
import corolla.model.block.StackAdapter;
import corolla.server.Server;
import corolla.swarm.NoRouteException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.SimulatedWorld;
import corolla.testkit.models.GoldenAdapters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant 1 with adapters: each client gets the tokens of the local model with its adapter, whoever serves it beside whom. */
class AdapterSimulationTest {
    private static final int[] PROMPT = {1, 17, 42, 99, 3, 200, 7};
    private static final int TOKENS = 16;
    private static final List<String> NAMES = List.of("someone/cats", "dogs", "");

    @TempDir
    private static Path folder = Path.of("set by JUnit");

    private static TinyModel model;
    private static Map<String, Path> adapters = Map.of();
    private static final Map<String, StackAdapter> LOCAL = new LinkedHashMap<>();
    private static final Map<String, int[]> EXPECTED = new LinkedHashMap<>();

    @BeforeAll
    static void loadModel() throws IOException {
        model = new TinyModel(folder);
        adapters = Map.of(
                "someone/cats", GoldenAdapters.unpack("llama/all", folder),
                "dogs", GoldenAdapters.unpack("llama/some", folder));
        for (Map.Entry<String, Path> adapter : adapters.entrySet()) {
            try (LoraAdapter opened = LoraAdapter.open(adapter.getValue())) {
                LOCAL.put(adapter.getKey(), model.local().blocks().adapt(opened));
            }
        }
        SimulatedWorld.run(1, world -> {
            for (String name : NAMES) {
                StackAdapter local = LOCAL.get(name);
                EXPECTED.put(
                        name,
                        answer(
                                world,
                                local == null ? model.local() : model.local().adapted(local)));
            }
        });
    }

    @AfterAll
    static void closeModel() throws IOException {
        LOCAL.values().forEach(StackAdapter::close);
        model.close();
    }

    /** What the local model says with an adapter. */
    private static int[] expected(String adapter) {
        return Objects.requireNonNull(EXPECTED.get(adapter));
    }

    private static int[] answer(SimulatedWorld world, BlockExecutor blocks, GenerationListener listener)
            throws IOException, InterruptedException {
        int tokensMax = PROMPT.length + TOKENS;
        var opened = blocks.open(1, tokensMax, world.within(Duration.ofMinutes(5)));
        try (ModelSession session =
                new ModelSession(model.local().ends(), world.environment().team(), opened, tokensMax)) {
            return new Generation(world.clock(), Duration.ofMinutes(10))
                    .run(session, GenerationRequest.greedy(PROMPT, TOKENS), TextDecoder.none(), listener)
                    .ids();
        }
    }

    private static int[] answer(SimulatedWorld world, BlockExecutor blocks) throws IOException, InterruptedException {
        return answer(world, blocks, GenerationListener.silent());
    }

    private static GenerationListener at(int token, Runnable event) {
        int[] count = new int[1];
        return (_, _) -> {
            if (++count[0] == token) {
                event.run();
            }
            return true;
        };
    }

    @Test
    void adaptersChangeTheAnswer() throws Exception {
        assertThat(expected("someone/cats")).isNotEqualTo(expected("")).isNotEqualTo(expected("dogs"));
        assertThat(expected("dogs")).isNotEqualTo(expected(""));
        assertThat(expected("")).containsExactly(model.greedy(PROMPT, TOKENS));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void clientsWithDifferentAdaptersAtOnceGetEachItsOwnAnswer(long seed) {
        SimulatedWorld.run(seed, world -> {
            AdapterSwarm swarm = twoServers(world);
            var scope = world.tasks().open("clients");
            var answers = new LinkedHashMap<String, Task<int[]>>();
            for (int i = 0; i < 6; i++) {
                RemoteModel client = swarm.client("client " + i).adapted(NAMES.get(i % 3));
                answers.put(client.adapter() + " " + i, scope.fork("client " + i, () -> answer(world, client)));
            }
            for (Map.Entry<String, Task<int[]>> answer : answers.entrySet()) {
                String adapter = answer.getKey().substring(0, answer.getKey().lastIndexOf(' '));
                assertThat(answer.getValue().await(world.within(Duration.ofMinutes(30))))
                        .as(answer.getKey())
                        .containsExactly(expected(adapter));
            }
        });
    }

    private static Tensor random(int seed, int batch, int tokens) {
        int width = model.checkpoint().config().hiddenSize();
        float[] values = new float[batch * tokens * width];
        var random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(batch, tokens, width));
    }

    @Test
    void gradientsGoThroughTheAdapterOfTheView() {
        SimulatedWorld.run(5, world -> {
            RemoteModel client = twoServers(world).client("client");
            Tensor input = random(3, 2, 5);
            for (String name : NAMES) {
                Tensor gradient = random(4, 2, 5);
                Tensor expected = random(4, 2, 5);
                client.adapted(name)
                        .backward(BackwardRequest.of(0, 6, input, gradient), world.within(Duration.ofMinutes(5)));
                model.local()
                        .blocks()
                        .backward(
                                world.environment().team(),
                                BackwardRequest.of(0, 6, input, expected).withAdapter(LOCAL.get(name)),
                                world.within(Duration.ofMinutes(5)));
                assertThat(gradient.toFloats()).as(name).containsExactly(expected.toFloats());
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void removedInMidAnswerItServesToTheEndAndIsRefusedToOthers(long seed) {
        SimulatedWorld.run(seed, world -> {
            AdapterSwarm swarm = twoServers(world);
            RemoteModel client = swarm.client("client").adapted("someone/cats");
            Runnable removal =
                    () -> swarm.servers.forEach(server -> server.adapters().remove("someone/cats"));
            assertThat(answer(world, client, at(5, removal))).containsExactly(expected("someone/cats"));
            for (RemoteModel other : List.of(client, swarm.client("other").adapted("someone/cats"))) {
                assertThatThrownBy(() -> answer(world, other))
                        .isInstanceOfSatisfying(
                                NoRouteException.class,
                                none -> assertThat(none.adapter()).isEqualTo("someone/cats"))
                        .hasMessageContaining("with adapter 'someone/cats'")
                        .hasMessageContaining("is announced by nobody; other adapters here: dogs");
            }
            world.clock().sleep(Duration.ofSeconds(10)); // the session's end is told and taken
            swarm.servers.forEach(server -> server.adapters().remove("dogs"));
            assertThat(swarm.servers).allMatch(server -> server.adapters().bytes() == 0);
            assertThat(answer(world, client.adapted(""))).containsExactly(expected(""));
        });
    }

    @Test
    void loadedWhileRunningItIsFoundAtOnce() {
        SimulatedWorld.run(7, world -> {
            var swarm = new AdapterSwarm(world, model, adapters);
            swarm.serve("front", 0, 3);
            swarm.serve("back", 3, 6, "someone/cats");
            RemoteModel client = swarm.client("client");
            assertThat(answer(world, client)).containsExactly(expected(""));
            RemoteModel adapted = client.adapted("someone/cats");
            assertThatThrownBy(() -> answer(world, adapted))
                    .isInstanceOfSatisfying(
                            NoRouteException.class,
                            none -> assertThat(none.missing()).hasSize(1))
                    .hasMessageContaining("no server for blocks 0:3 of tiny-llama with adapter 'someone/cats'")
                    .hasMessageContaining(" 3:6");
            swarm.servers.getFirst().adapters().load("someone/cats", swarm.source("someone/cats"));
            world.clock().sleep(Duration.ofSeconds(5)); // far less than a period of announcements
            assertThat(answer(world, adapted)).containsExactly(expected("someone/cats"));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aServerThatDiesIsReplacedByOneThatHasTheAdapter(long seed) {
        SimulatedWorld.run(seed, world -> {
            AdapterSwarm swarm = twoServers(world);
            swarm.serve("plain spare", 0, 3);
            swarm.serve("spare", 0, 3, "dogs");
            RemoteModel client = swarm.client("client").adapted("dogs");
            int[] ids = answer(world, client, at(4, () -> world.node("front").crash()));
            assertThat(ids).containsExactly(expected("dogs"));
        });
    }

    @Test
    void watchedFolderIsFollowed() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("watched"));
        SimulatedWorld.run(9, world -> {
            var swarm = new AdapterSwarm(world, model, adapters);
            Server server = swarm.watching("server", watched);
            RemoteModel client = swarm.client("client").adapted("dogs");
            assertThatThrownBy(() -> answer(world, client)).isInstanceOf(NoRouteException.class);
            Path dogs = Files.createDirectory(watched.resolve("dogs"));
            for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
                Files.copy(Objects.requireNonNull(adapters.get("dogs")).resolve(file), dogs.resolve(file));
            }
            world.clock().sleep(Duration.ofSeconds(10));
            assertThat(server.adapters().names()).containsExactly("dogs");
            assertThat(answer(world, client)).containsExactly(expected("dogs"));
            Files.move(dogs, folder.resolve("away"));
            world.clock().sleep(Duration.ofSeconds(10));
            assertThat(server.adapters().names()).isEmpty();
            assertThatThrownBy(() -> answer(world, client)).isInstanceOf(NoRouteException.class);
        });
    }

    private static AdapterSwarm twoServers(SimulatedWorld world) throws IOException, InterruptedException {
        var swarm = new AdapterSwarm(world, model, adapters);
        swarm.serve("front", 0, 3, "someone/cats", "dogs");
        swarm.serve("back", 3, 6, "dogs", "someone/cats");
        return swarm;
    }
}
