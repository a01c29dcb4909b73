package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.Deadline;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.session.Codecs;
import corolla.client.session.SessionConfig;
import corolla.p2p.PeerId;
import corolla.swarm.codec.Compression;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions of real clients and servers whose hidden states travel packed. */
class CompressionSimulationTest {
    /** A prompt and what follows. */
    private static final int[] TOKENS = {24, 1, 1, 1, 1};

    private static final int LOST_AT = 3;

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

    /** Loses little, and loses nothing more when a server dies, whose blocks another has: that one is fed the very same values. */
    @ParameterizedTest
    @EnumSource
    void packedAnswersAreCloseAndALostServerDoesNotChangeThem(Compression codec) throws Exception {
        List<float[]> calm = new ArrayList<>();
        List<float[]> shaken = new ArrayList<>();
        SimulatedWorld.run(1, world -> calm.addAll(steps(world, codec, false)));
        SimulatedWorld.run(2, world -> shaken.addAll(steps(world, codec, true)));
        List<float[]> exact = exact();
        for (int i = 0; i < TOKENS.length; i++) {
            assertThat(distance(calm.get(i), exact.get(i))).as("step %s", i).isLessThan(bound(codec));
            assertThat(shaken.get(i)).as("step %s", i).isEqualTo(calm.get(i));
        }
    }

    /** What three links there and back may lose, as a share of the length. */
    private static double bound(Compression codec) {
        return switch (codec) {
            case NONE -> 1e-5;
            case FLOAT16, MEANSTD_16BIT -> 2e-3;
            case QUANTILE_8BIT, UNIFORM_8BIT, BLOCKWISE_8BIT -> 0.2;
        };
    }

    private static List<float[]> steps(SimulatedWorld world, Compression codec, boolean isLost)
            throws IOException, InterruptedException {
        SimulatedSwarm swarm = new SimulatedSwarm(world, model);
        swarm.server("front", 0, 3);
        swarm.server("back", 3, 6);
        SessionConfig packing = SessionConfig.defaults().withCodecs(Codecs.Choice.always(Codecs.of(codec)));
        RemoteModel client = swarm.client("client", packing);
        var outputs = new ArrayList<float[]>();
        try (RemoteSession session = client.open(1, 64, world.within(Duration.ofMinutes(5)))) {
            for (int i = 0; i < TOKENS.length; i++) {
                if (isLost && i == LOST_AT) {
                    PeerId victim = session.route().getFirst().peer();
                    swarm.server("spare", 0, 3);
                    swarm.machineOf(victim).crash();
                }
                Tensor hidden = hidden(i);
                session.step(hidden, world.within(Duration.ofMinutes(10)));
                outputs.add(hidden.toFloats());
            }
        }
        return outputs;
    }

    private static List<float[]> exact() throws IOException, InterruptedException {
        var outputs = new ArrayList<float[]>();
        try (var session = model.local().open(1, 64, new Deadline(Long.MAX_VALUE))) {
            for (int i = 0; i < TOKENS.length; i++) {
                Tensor hidden = hidden(i);
                session.step(hidden, new Deadline(Long.MAX_VALUE));
                outputs.add(hidden.toFloats());
            }
        }
        return outputs;
    }

    private static Tensor hidden(int step) {
        int hiddenSize = model.spec().hiddenSize();
        float[] values = new float[TOKENS[step] * hiddenSize];
        var random = new Random(step);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(MemorySegment.ofArray(values), DType.F32, Shape.of(1, TOKENS[step], hiddenSize));
    }

    private static double distance(float[] found, float[] expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (found[i] - expected[i]) * (found[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return Math.sqrt(difference / size);
    }
}
