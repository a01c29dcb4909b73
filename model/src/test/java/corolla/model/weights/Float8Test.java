package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.compute.InlineTeam;
import corolla.base.task.Sharing;
import corolla.model.LocalModel;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.scalar.ScalarKernels;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Floats of eight bits with scales: numbers are torch's, logits are transformers'. */
class Float8Test {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"squares", "other", "stacked", "rows"})
    void weightsAreTorchs(String name) throws Exception {
        assertWeights(name, WeightsType.F32, name + ".f32");
        assertWeights(name, WeightsType.AUTO, name + ".bf16");
        assertWeights(name, WeightsType.BF16, name + ".bf16");
    }

    private void assertWeights(String name, WeightsType type, String expected) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(resource("tensors.safetensors"));
                Kernels kernels = new ScalarKernels();
                Arena arena = Arena.ofShared()) {
            Tensor torchs = file.read(expected, arena);
            Tensor ours = new WeightReader(new Renamed(file, Map.of()), arena, arena, type, kernels)
                    .stacked(name, torchs.shape().toArray());
            assertThat(ours.dtype()).isEqualTo(torchs.dtype());
            assertThat(ours.data().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(torchs.data().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void scalesThatAreMissingOrDoNotFitAreRefused() throws Exception {
        assertRefused(Map.of("squares_scale_inv", "none"), "scales squares_scale_inv are missing");
        assertRefused(Map.of("squares_scale_inv", "other_scale_inv"), "have shape (1, 2)", "they are (2, 2)");
    }

    private void assertRefused(Map<String, String> renamed, String... messages) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(resource("tensors.safetensors"));
                Kernels kernels = new ScalarKernels();
                Arena arena = Arena.ofShared()) {
            WeightReader reader = new WeightReader(new Renamed(file, renamed), arena, arena, WeightsType.AUTO, kernels);
            assertThatThrownBy(() -> reader.matrix("squares", 130, 140))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContainingAll(messages);
        }
    }

    @Test
    void checkpointInEightBitsAnswersAsTransformersWithDecodedWeights() throws Exception {
        Path model = model();
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.F32, kernels, new InlineTeam());
                SafetensorsFile expected = SafetensorsFile.open(model.resolve("expected.safetensors"));
                Arena arena = Arena.ofShared()) {
            float[] theirs = expected.read("logits", arena).toFloats();
            float[] ours = local.logits(ids(expected.read("input_ids", arena)), arena, InlineTeam.NO_DEADLINE)
                    .toFloats();
            assertThat(ours).hasSameSizeAs(theirs);
            for (int i = 0; i < ours.length; i++) {
                assertThat(ours[i]).as("logit %d", i).isCloseTo(theirs[i], within(1e-3f));
            }
        }
    }

    private static int[][] ids(Tensor input) {
        long[] all = input.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
        int half = all.length / 2;
        return new int[][] {
            Arrays.stream(all, 0, half).mapToInt(Math::toIntExact).toArray(),
            Arrays.stream(all, half, all.length).mapToInt(Math::toIntExact).toArray()
        };
    }

    @Test
    void quantisingWhileLoadingSeesTheScales() throws Exception {
        String name = "layers.0.mlp.up_proj.weight";
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model());
                Arena arena = Arena.ofShared();
                Checkpoint quantised =
                        QuantisedBlock.open(checkpoint, 0, DType.INT8, Optional.empty(), Sharing.ALONE)) {
            WeightReader reader = new WeightReader(checkpoint, arena, arena, WeightsType.F32, kernels);
            float[] exact = reader.matrix(name, 160, 64).toFloats();
            float[] rounded = Elements.convert(arena, quantised.read(name, arena), DType.F32)
                    .toFloats();
            float step = 2 / 254f; // of numbers that are below 2
            for (int i = 0; i < exact.length; i++) {
                assertThat(rounded[i]).isCloseTo(exact[i], within(step));
            }
        }
    }

    private Path model() throws IOException {
        for (String file : new String[] {"config.json", "model.safetensors", "expected.safetensors"}) {
            resource("model/" + file);
        }
        return folder.resolve("model");
    }

    private Path resource(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            try (InputStream in = Float8Test.class.getResourceAsStream("/golden/float8/" + name)) {
                Files.copy(Objects.requireNonNull(in), file);
            }
        }
        return file;
    }

    /** A file's tensors, some under another name. */
    private record Renamed(SafetensorsFile file, Map<String, String> others) implements Checkpoint {

        Renamed {
            others = Map.copyOf(others);
        }

        @Override
        public ModelConfig config() {
            throw new UnsupportedOperationException("tensors without a model");
        }

        @Override
        public Path path() {
            return Path.of("tensors.safetensors");
        }

        @Override
        public Set<String> names() {
            return file.names();
        }

        @Override
        public Optional<TensorInfo> find(String name) {
            return file.find(others.getOrDefault(name, name));
        }

        @Override
        public Tensor read(String name, Arena arena) throws IOException {
            return file.read(others.getOrDefault(name, name), arena);
        }

        @Override
        public void close() {}
    }
}
