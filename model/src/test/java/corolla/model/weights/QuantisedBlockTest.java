package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.task.Sharing;
import corolla.model.LocalModel;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class QuantisedBlockTest {
    private static final int[][] IDS = {{3, 14, 15, 9, 2, 6, 5}};
    private static final long PLENTY = 1L << 40;

    @TempDir
    Path folder;

    private final Kernels kernels = new ScalarKernels();

    static Stream<Arguments> models() {
        return GoldenModels.ALL.stream()
                .flatMap(model -> Stream.of(Quantisation.INT8, Quantisation.NF4)
                        .map(quantisation -> Arguments.of(model, quantisation)));
    }

    private float[] logits(Checkpoint checkpoint, BlockFormat format) throws IOException, InterruptedException {
        try (LocalModel model = LocalModel.load(checkpoint, format, kernels, new InlineTeam());
                Arena arena = Arena.ofShared()) {
            return model.logits(IDS, arena, InlineTeam.NO_DEADLINE).toFloats();
        }
    }

    /** What the first block makes of tokens. Random weights have no large and small ones, so rounding costs more than in a trained model. */
    private float[] firstBlock(Checkpoint checkpoint, BlockFormat format) throws IOException, InterruptedException {
        try (LocalModel model = LocalModel.load(checkpoint, format, kernels, new InlineTeam());
                Arena arena = Arena.ofShared()) {
            long hiddenSize = model.config().hiddenSize();
            Tensor hidden = Tensor.allocate(arena, DType.F32, 1, IDS[0].length, hiddenSize);
            model.ends().embed(IDS[0], hidden);
            model.forward(hidden, 0, 1, InlineTeam.NO_DEADLINE);
            return hidden.toFloats();
        }
    }

    private BlockFormat cached(Quantisation quantisation, long bytesMax) {
        return BlockFormat.of(WeightsType.AUTO, quantisation, folder.resolve("cache"), bytesMax);
    }

    private static BlockFormat uncached(Quantisation quantisation) {
        return BlockFormat.of(WeightsType.AUTO, quantisation);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache/quantised"))) {
            return files.sorted().toList();
        }
    }

    /** Made in memory, made on disk and found on disk are the same numbers, and near the plain model's. */
    @ParameterizedTest
    @MethodSource("models")
    void everyFamilyIsQuantised(String name, Quantisation quantisation) throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack(name, folder))) {
            float[] inMemory = logits(checkpoint, uncached(quantisation));
            float[] made = logits(checkpoint, cached(quantisation, PLENTY));
            List<Path> files = files();
            Object first = Files.readAttributes(files.getFirst(), "unix:ino").get("ino");
            float[] found = logits(checkpoint, cached(quantisation, PLENTY));

            assertThat(made).containsExactly(inMemory);
            assertThat(found).containsExactly(inMemory);
            assertThat(files).hasSize(checkpoint.config().blockCount()).isEqualTo(files());
            assertThat(Files.readAttributes(files.getFirst(), "unix:ino").get("ino"))
                    .isEqualTo(first);
            float[] plain = firstBlock(checkpoint, BlockFormat.of(WeightsType.AUTO));
            float[] quantised = firstBlock(checkpoint, uncached(quantisation));
            assertThat(distance(plain, quantised)).isBetween(1e-4, quantisation == Quantisation.INT8 ? 0.06 : 0.6);
        }
    }

    /** Root of the mean square of differences, relative to that of the numbers. */
    private static double distance(float[] wanted, float[] found) {
        double differences = 0;
        double size = 0;
        for (int i = 0; i < wanted.length; i++) {
            differences += Math.pow(found[i] - (double) wanted[i], 2);
            size += (double) wanted[i] * wanted[i];
        }
        return Math.sqrt(differences / size);
    }

    @Test
    void linearLayersAreQuantisedAndNothingElse() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("mixtral", folder));
                Checkpoint view = uncached(Quantisation.NF4).view(checkpoint, 1)) {
            assertThat(type(view, "layers.1.self_attn.q_proj.weight")).isEqualTo(DType.NF4);
            assertThat(type(view, "layers.1.block_sparse_moe.experts.3.w2.weight"))
                    .isEqualTo(DType.NF4);
            for (String plain : List.of(
                    "layers.0.self_attn.q_proj.weight",
                    "layers.1.block_sparse_moe.gate.weight",
                    "layers.1.input_layernorm.weight",
                    "embed_tokens.weight")) {
                assertThat(type(view, plain)).as(plain).isEqualTo(type(checkpoint, plain));
            }
        }
    }

    @Test
    void rowsThatAreQuantisedBesideEachOtherAreTheSame() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder));
                RealEnvironment environment = RealEnvironment.create(1)) {
            Sharing three = Sharing.among(
                    environment.environment().tasks(), environment.environment().clock(), 3);
            assertThat(logits(checkpoint, uncached(Quantisation.NF4).shared(three)))
                    .containsExactly(logits(checkpoint, uncached(Quantisation.NF4)));
        }
    }

    private static DType type(Checkpoint checkpoint, String name) throws IOException {
        return checkpoint.find(name).orElseThrow().dtype();
    }

    @Test
    void damagedFilesAreMadeAgain() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder))) {
            BlockFormat format = cached(Quantisation.NF4, PLENTY);
            float[] expected = logits(checkpoint, format);
            byte[] whole = Files.readAllBytes(files().getFirst());
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 1;
            for (byte[] damaged : List.of(flipped, Arrays.copyOf(whole, whole.length - 1), new byte[0])) {
                Files.write(files().getFirst(), damaged);
                assertThat(logits(checkpoint, format)).containsExactly(expected);
                assertThat(Files.readAllBytes(files().getFirst())).isEqualTo(whole);
            }
        }
    }

    @Test
    void otherWeightsHaveOtherFiles() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            logits(checkpoint, cached(Quantisation.INT8, PLENTY));
        }
        List<Path> before = files();
        Path file = model.resolve("model.safetensors");
        byte[] changed = Files.readAllBytes(file);
        for (int i = changed.length / 4; i < changed.length - 4; i += 4) {
            changed[i] ^= 1; // the last bit of floats
        }
        Files.write(file, changed);
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            logits(checkpoint, cached(Quantisation.INT8, PLENTY));
        }
        assertThat(files()).hasSizeGreaterThan(before.size()).containsAll(before);
    }

    @Test
    void limitRemovesWhatWasNotUsedForLongest() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder))) {
            logits(checkpoint, cached(Quantisation.INT8, PLENTY));
            long bytes = Files.size(files().getFirst());
            for (Path file : files()) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
            }
            Path used = files().getLast();
            Files.setLastModifiedTime(used, FileTime.fromMillis(2_000_000));
            try (Checkpoint view = cached(Quantisation.NF4, 3 * bytes).view(checkpoint, 0)) {
                assertThat(type(view, "layers.0.mlp.up_proj.weight")).isEqualTo(DType.NF4);
            }
            assertThat(files()).contains(used);
            assertThat(files().stream().mapToLong(QuantisedBlockTest::size).sum())
                    .isLessThanOrEqualTo(3 * bytes);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException gone) {
            throw new AssertionError(gone);
        }
    }

    @Test
    void folderThatCannotBeWrittenOnlyCostsTime() throws Exception {
        Files.createFile(folder.resolve("file"));
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder))) {
            BlockFormat format = BlockFormat.of(WeightsType.AUTO, Quantisation.INT8, folder.resolve("file"), PLENTY);
            assertThat(logits(checkpoint, format)).containsExactly(logits(checkpoint, uncached(Quantisation.INT8)));
            assertThat(logits(checkpoint, cached(Quantisation.INT8, 10)))
                    .containsExactly(logits(checkpoint, uncached(Quantisation.INT8)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "NF4"})
    void weightsThatAreNoNumbersAreNamed(Quantisation quantisation) throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder))) {
            Checkpoint spoiled = new Spoiled(checkpoint);
            for (BlockFormat format : List.of(cached(quantisation, PLENTY), uncached(quantisation))) {
                assertThatThrownBy(() -> logits(spoiled, format))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("layers.0.mlp.up_proj.weight, row 0")
                        .hasMessageContaining("NaN");
            }
        }
    }

    /** One weight is no number. */
    private record Spoiled(Checkpoint source) implements Checkpoint {
        @Override
        public ModelConfig config() {
            return source.config();
        }

        @Override
        public Path path() {
            return source.path();
        }

        @Override
        public Set<String> names() {
            return source.names();
        }

        @Override
        public Optional<TensorInfo> find(String name) throws IOException {
            return source.find(name);
        }

        @Override
        public Tensor read(String name, Arena arena) throws IOException {
            Tensor tensor = source.read(name, arena);
            if (!name.equals("layers.0.mlp.up_proj.weight")) {
                return tensor;
            }
            Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape().toArray());
            copy.copyFrom(tensor);
            copy.setFloat(1, Float.NaN);
            return copy;
        }

        @Override
        public void close() {}
    }

    @Test
    void namesAreThoseOfPetals() {
        assertThat(Stream.of(Quantisation.values()).map(Quantisation::announcedName))
                .containsExactly("none", "int8", "nf4");
        assertThat(Quantisation.parse("NF4")).isEqualTo(Quantisation.NF4);
        assertThatThrownBy(() -> Quantisation.parse("int4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none, int8, nf4");
    }
}
