package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.InlineTeam;
import corolla.model.LocalModel;
import corolla.model.Verification;
import corolla.model.VerificationReport;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufCheckpointTest {
    @TempDir
    Path folder;

    private Path llama;

    @BeforeEach
    void unpack() {
        llama = GoldenModels.unpack("llama", folder);
    }

    @Test
    void convertedModelVerifies() throws Exception {
        Path file = folder.resolve("llama.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convert(checkpoint, file);
        }
        assertVerifies(file, llama);
    }

    @Test
    void expertsInOneTensorVerify() throws Exception {
        Path mixtral = GoldenModels.unpack("mixtral", folder);
        Path file = folder.resolve("mixtral.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(mixtral);
                Arena arena = Arena.ofConfined()) {
            TinyGguf gguf = TinyGguf.describe(checkpoint.config())
                    .put("llama.feed_forward_length", 160)
                    .put("llama.expert_count", 4)
                    .put("llama.expert_used_count", 2);
            var names = GgufArchitecture.ofFamily("mixtral").tensorNames(6);
            for (String name : names.keySet()) {
                if (name.contains(".experts.") && name.endsWith(".weight")) {
                    addStacked(checkpoint, gguf, name, String.valueOf(names.get(name)), arena);
                } else {
                    TinyGguf.addConverted(checkpoint, gguf, name);
                }
            }
            Files.write(file, gguf.bytes());
        }
        assertVerifies(file, mixtral);
    }

    /** {@code experts.w1.weight} out of {@code experts.0.w1.weight} and so on. */
    private static void addStacked(Checkpoint checkpoint, TinyGguf gguf, String name, String theirs, Arena arena)
            throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Shape shape = Shape.of();
        for (int expert = 0; expert < 4; expert++) {
            Tensor weights = checkpoint.read(name.replace(".experts.", ".experts." + expert + "."), arena);
            all.writeBytes(weights.data().toArray(ValueLayout.JAVA_BYTE));
            shape = weights.shape();
        }
        gguf.tensor(theirs, all.toByteArray(), 4, shape.rows(), shape.columns());
    }

    @Test
    void convertedModelWithTiedHeadVerifies() throws Exception {
        Path tied = GoldenModels.unpack("llama3", folder);
        Path file = folder.resolve("llama3.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(tied)) {
            TinyGguf gguf = TinyGguf.describe(checkpoint.config());
            assertThat(checkpoint.config().headTied()).isTrue();
            TinyGguf.convert(checkpoint, file);
            assertThat(gguf.bytes()).isNotEmpty();
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThat(checkpoint.config().headTied()).isTrue();
        }
    }

    @Test
    void configurationIsTheSameRecord() throws Exception {
        Path file = folder.resolve("llama.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convert(checkpoint, file);
            try (Checkpoint gguf = Checkpoint.open(file)) {
                ModelConfig config = gguf.config();
                assertThat(config.blocks()).isEqualTo(checkpoint.config().blocks());
                assertThat(config.vocabularySize())
                        .isEqualTo(checkpoint.config().vocabularySize());
                assertThat(config.positionsMax()).isEqualTo(checkpoint.config().positionsMax());
                assertThat(config.ends()).isEqualTo(checkpoint.config().ends());
                assertThat(config.headTied()).isFalse();
            }
        }
    }

    @Test
    void splitModelVerifiesFromAnyOfItsFilesAndTheFolder() throws Exception {
        Path split = Files.createDirectory(folder.resolve("split"));
        Path first = split.resolve("m-00001-of-00002.gguf");
        Path second = split.resolve("m-00002-of-00002.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convertSplit(checkpoint, first, second);
        }
        assertVerifies(first, llama);
        assertVerifies(second, llama);
        assertVerifies(split, llama);
    }

    @Test
    void misnamedPartIsRefused() throws Exception {
        Path first = folder.resolve("m-00001-of-00002.gguf");
        Path second = folder.resolve("m-00002-of-00002.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convertSplit(checkpoint, /* first= */ second, /* second= */ first);
        }
        assertThatThrownBy(() -> Checkpoint.open(first).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("by its metadata");
    }

    @Test
    void cutFileIsRefusedWhereverItIsCut() throws Exception {
        Path file = folder.resolve("cut.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convert(checkpoint, file);
        }
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 3, 4, 8, 20, 24, 40, 100, 1_000, 4_000}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Checkpoint.open(file).close())
                    .as("%d bytes", length)
                    .isInstanceOf(CheckpointException.class);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length - 100_000));
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("cut");
    }

    @Test
    void damagedHeadersNeverDoMoreThanFail() throws Exception {
        Path file = folder.resolve("damaged.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf.convert(checkpoint, file);
        }
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(7);
        for (int i = 0; i < 400; i++) {
            byte[] damaged = whole.clone();
            int at = random.nextInt(5_000);
            damaged[at] = (byte) random.nextInt();
            damaged[at + random.nextInt(8)] = (byte) random.nextInt();
            Files.write(file, damaged);
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                assertThat(checkpoint.config().blockCount()).isPositive();
            } catch (CheckpointException refused) {
                assertThat(refused).hasMessageContaining("damaged.gguf");
            }
        }
    }

    @Test
    void absurdCountsAreRefusedBeforeAnythingIsAllocated() throws Exception {
        byte[] bytes = new TinyGguf().put("general.architecture", "llama").bytes();
        Arrays.fill(bytes, 8, 15, (byte) 0xFF); // the count of tensors
        assertRefused(bytes, "tensors");
        bytes = new TinyGguf().put("general.architecture", "llama").bytes();
        Arrays.fill(bytes, 16, 23, (byte) 0xFF); // the count of metadata entries
        assertRefused(bytes, "metadata entries");
        bytes = new TinyGguf().put("general.architecture", "llama").bytes();
        Arrays.fill(bytes, 24, 31, (byte) 0xFF); // the length of a key
        assertRefused(bytes, "metadata key");
    }

    @Test
    void otherFilesAreRefused() throws Exception {
        assertRefused(
                "not a model at all, but long enough".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                "not a GGUF file");
        byte[] version1 = new TinyGguf().bytes();
        version1[4] = 1;
        assertRefused(version1, "version is 1");
        assertRefused(
                new TinyGguf().put("general.architecture", "mamba").bytes(),
                "architecture \"mamba\" is not known, known are [bloom, deepseek2, falcon, gemma3, gpt-oss, llama, qwen2,"
                        + " qwen3, qwen3moe]");
        assertRefused(new TinyGguf().put("general.architecture", "llama").bytes(), "llama.embedding_length is missing");
        assertRefused(new TinyGguf().put("general.name", "x").bytes(), "general.architecture is missing");
        assertRefused(new TinyGguf().put("general.alignment", 33).bytes(), "alignment is 33");
    }

    @Test
    void missingTensorIsNamed() throws Exception {
        Path file = folder.resolve("empty.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            Files.write(
                    file,
                    TinyGguf.describe(checkpoint.config())
                            .tensor("token_embd.weight", new byte[4], 1)
                            .bytes());
        }
        assertThatThrownBy(() -> load(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("embed_tokens.weight")
                .hasMessageContaining("(256, 64)");
    }

    @Test
    void ropeDivisorsAreRead() throws Exception {
        Path file = folder.resolve("divisors.gguf");
        byte[] divisors = floats(1, 1, 2, 2, 3, 3, 8, 8);
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            Files.write(
                    file,
                    TinyGguf.describe(checkpoint.config())
                            .tensor("rope_freqs.weight", divisors, 8)
                            .bytes());
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            double[] frequencies = checkpoint.config().attention().rope().frequencies();
            assertThat(frequencies[7]).isEqualTo(Math.pow(10_000, -14.0 / 16) / 8);
        }
    }

    @Test
    void divisorsOfAnotherNumberThanPairsAreRefused() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            assertRefused(
                    TinyGguf.describe(checkpoint.config())
                            .tensor("rope_freqs.weight", floats(1, 1, 1), 3)
                            .bytes(),
                    "rope_freqs.weight has 3 values for 8 pairs");
        }
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    @Test
    void settingsThatDifferFromBlockToBlockAreRefused() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf gguf = TinyGguf.describe(checkpoint.config());
            assertRefused(
                    gguf.put("llama.attention.head_count_kv", List.of(2, 2, 4)).bytes(),
                    "llama.attention.head_count_kv differs from block to block");
            Path file = folder.resolve("alike.gguf");
            Files.write(
                    file,
                    gguf.put("llama.attention.head_count_kv", List.of(2, 2, 2)).bytes());
            try (Checkpoint alike = Checkpoint.open(file)) {
                assertThat(alike.config().attention().keyValueHeads()).isEqualTo(2);
            }
        }
    }

    @Test
    void absurdNumberOfBlocksIsRefused() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(llama)) {
            TinyGguf gguf = TinyGguf.describe(checkpoint.config());
            assertRefused(gguf.put("llama.block_count", Integer.MAX_VALUE).bytes(), "2147483647 blocks");
            assertRefused(gguf.put("llama.block_count", 0).bytes(), "0 blocks");
        }
    }

    private void assertRefused(byte[] bytes, String why) throws IOException {
        Path file = folder.resolve("refused.gguf");
        Files.write(file, bytes);
        assertThatThrownBy(() -> Checkpoint.open(file).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("refused.gguf")
                .hasMessageContaining(why);
    }

    private static void load(Path path) throws IOException {
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(path)) {
            LocalModel.load(checkpoint, WeightsType.AUTO, kernels, new InlineTeam())
                    .close();
        }
    }

    private static void assertVerifies(Path path, Path reference) throws Exception {
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(path);
                LocalModel model = LocalModel.load(checkpoint, WeightsType.AUTO, kernels, new InlineTeam())) {
            VerificationReport report = Verification.run(
                    reference.resolve("expected.safetensors"),
                    model.ends(),
                    model,
                    DType.F32,
                    new InlineTeam(),
                    InlineTeam.NO_DEADLINE);
            assertThat(report.passed())
                    .as("%s %s", path, List.copyOf(report.checks()))
                    .isTrue();
        }
    }
}
