package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.client.RemoteModel;
import corolla.client.forward.Tape;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forwards and backwards, one after the other, while a server is lost in the middle of them: the numbers are those of nobody lost. */
class BatchRecoverySimulationTest {
    private static final int ROUNDS = 8;
    private static final int BATCH = 2;
    private static final int TOKENS = 5;

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

    /** What a frozen server and one that is cut off have in common: nothing comes, and nobody is told. */
    enum Harm {
        CRASHED,
        SILENT;

        void to(SimulatedNode victim, SimulatedWorld world) {
            if (this == CRASHED) {
                victim.crash();
            } else {
                world.network().cut(victim, world.node("client"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"CRASHED, 1", "CRASHED, 2", "CRASHED, 3", "SILENT, 1", "SILENT, 2", "SILENT, 3"})
    void lostServerCostsSecondsAndChangesNothing(Harm harm, long seed) {
        SimulatedWorld.run(seed, world -> {
            SimulatedSwarm swarm = new SimulatedSwarm(world, model);
            for (String name : new String[] {"0:3", "3:6", "0:3 spare", "3:6 spare"}) {
                swarm.server(name, name.charAt(0) - '0', name.charAt(2) - '0');
            }
            RemoteModel client = swarm.client("client");
            float[] expected = round(client, world);
            world.tasks().open("fate").run("harm", () -> {
                for (String name : new String[] {"0:3", "3:6 spare"}) {
                    world.clock().sleep(Duration.ofMillis(37 + 61 * seed));
                    harm.to(world.node(name), world);
                }
            });
            for (int i = 0; i < ROUNDS; i++) {
                long start = world.clock().nanoTime();
                assertThat(round(client, world)).containsExactly(expected);
                assertThat(Duration.ofNanos(world.clock().nanoTime() - start))
                        .as("round %s", i)
                        .isLessThan(Duration.ofSeconds(12));
            }
        });
    }

    /** A forward and its backward; the output and then the gradient of the input. */
    private static float[] round(RemoteModel client, SimulatedWorld world) throws IOException, InterruptedException {
        Tensor hidden = random(1);
        Tensor gradient = random(2);
        Tape tape = client.record(hidden, null, new Span(0, TinyModel.BLOCKS), world.within(Duration.ofMinutes(5)));
        client.backward(tape, gradient, null, world.within(Duration.ofMinutes(5)));
        int count = Math.toIntExact(hidden.elements());
        float[] all = new float[2 * count];
        MemorySegment.copy(hidden.data(), Tensor.FLOAT, 0, all, 0, count);
        MemorySegment.copy(gradient.data(), Tensor.FLOAT, 0, all, count, count);
        return all;
    }

    private static Tensor random(long seed) {
        var random = new Random(seed);
        float[] values = new float[BATCH * TOKENS * model.spec().hiddenSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 0.1f;
        }
        var shape = Shape.of(BATCH, TOKENS, model.spec().hiddenSize());
        return new Tensor(MemorySegment.ofArray(values), DType.F32, shape);
    }
}
