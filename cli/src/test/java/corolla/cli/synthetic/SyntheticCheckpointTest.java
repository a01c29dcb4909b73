package corolla.cli.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.cli.synthetic.ModelShape.Family;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.weights.Checkpoint;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticCheckpointTest {
    private static final int BLOCKS = 5;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @EnumSource(Family.class)
    void oneBlockStandsForAll(Family family) throws Exception {
        ModelShape shape = new ModelShape("tiny", family, BLOCKS, 64, 4, family == Family.LLAMA ? 2 : 4, 16, 256);
        SyntheticCheckpoint.write(shape, folder);
        KernelsOptions options = new KernelsOptions(folder, DeviceChoice.CPU, false);
        try (RealEnvironment real = RealEnvironment.create(2);
                Kernels kernels = Kernels.best(options);
                Checkpoint checkpoint = Checkpoint.open(folder);
                BlockStack blocks = BlockStack.alike(checkpoint, 0, BLOCKS, 2, Weights.AUTO.format(), kernels);
                KvCache cache = blocks.allocateCache(1, 8);
                Arena arena = Arena.ofShared()) {
            Environment environment = real.environment();
            Tensor hidden = Inputs.allocate(arena, 1, 8, 64);
            Deadline never = Deadline.never(environment.clock());
            blocks.forward(environment.team(), hidden, Part.next(cache, 8), 0, BLOCKS, never);
            assertThat(blocks.weightBytes()).isEqualTo(Weights.AUTO.bytes(shape.blockWeights()) * BLOCKS);
            assertThat(hidden.toFloats()).doesNotContain(Float.NaN);
            assertThat(hidden.toFloats())
                    .isNotEqualTo(Inputs.allocate(arena, 1, 8, 64).toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m", "llama-1b", "llama-70b", "bloom-176b"})
    void shapesAreKnownByName(String name) {
        assertThat(ModelShape.named(name)).isPresent();
        assertThat(ModelShape.names()).contains(name);
    }

    @Test
    void blocksHaveTheParametersOfTheirModels() {
        // BLOOM-176B without its embeddings of 250,880 rows, biases and norms.
        ModelShape bloom = ModelShape.named("bloom-176b").orElseThrow();
        assertThat(bloom.blockWeights() * bloom.blocks() / 1e9).isBetween(172.5, 172.7);
        // SmolLM2-135M without its embeddings of 49,152 rows.
        ModelShape smol = ModelShape.named("smollm2-135m").orElseThrow();
        assertThat(smol.blockWeights() * smol.blocks() / 1e6).isBetween(106.0, 106.3);
    }
}
