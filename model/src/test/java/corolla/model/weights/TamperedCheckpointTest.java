package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.model.block.BlockStack;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that were changed on purpose, or damaged on the way: one clear error each, no crash. Headers are SafetensorsTest's. */
class TamperedCheckpointTest {
    private static final String TENSOR = "model.layers.1.mlp.down_proj.weight";

    @TempDir
    Path folder;

    private Path model;
    private Path weights;

    @BeforeEach
    void unpack() {
        model = GoldenModels.unpack("llama", folder);
        weights = model.resolve("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightThatIsNoNumberIsRefusedWithItsPlace(float bad) throws Exception {
        long columns = poison(bad, 5, 7);
        assertThat(columns).isEqualTo(160);
        assertRefused(
                () -> load(model, 1),
                "tensor model.layers.1.mlp.down_proj.weight F32 (64, 160) is not finite",
                "at row 5, column 7");
        load(model, 0); // its block only
    }

    /** Overwrites one element; returns the number of columns. */
    private long poison(float value, long row, long column) throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(weights);
                Arena arena = Arena.ofConfined();
                RandomAccessFile out = new RandomAccessFile(weights.toFile(), "rw")) {
            Tensor tensor = file.read(TENSOR, arena);
            out.seek(placeOf(tensor) + 4 * (row * tensor.columns() + column));
            out.write(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(value)
                    .array());
            return tensor.columns();
        }
    }

    /** Finds a tensor's first bytes in the file: they are random enough to stand there once. */
    private long placeOf(Tensor tensor) throws IOException {
        byte[] all = Files.readAllBytes(weights);
        byte[] start = tensor.data().asSlice(0, 64).toArray(ValueLayout.JAVA_BYTE);
        for (int at = 0; at <= all.length - start.length; at++) {
            if (all[at] == start[0] && Arrays.equals(all, at, at + start.length, start, 0, start.length)) {
                return at;
            }
        }
        throw new AssertionError("tensor not found in its file");
    }

    @Test
    void cutFileIsRefused() throws Exception {
        cut(weights, Files.size(weights) - 4);
        assertRefused(() -> load(model, 0), "model.safetensors", "it is cut, fetch it again");
    }

    @Test
    void fileThatWentOnGrowingIsRefused() throws Exception {
        Files.write(weights, new byte[8], StandardOpenOption.APPEND);
        assertRefused(() -> load(model, 0), "its tensors end at byte", "fetch it again");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "mapped files cannot be cut there")
    void fileThatIsCutWhileItIsOpenIsRefused() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(model);
                Kernels kernels = new ScalarKernels()) {
            cut(weights, 20_000);
            assertThatThrownBy(() -> BlockStack.load(checkpoint, 5, 6, WeightsType.AUTO, kernels))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("it was cut");
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "mapped files cannot be cut there")
    void fileThatIsCutWhileItIsMappedGivesAnError() throws Exception {
        try (Checkpoint checkpoint = Checkpoint.open(model);
                Arena arena = Arena.ofConfined();
                Kernels kernels = new ScalarKernels()) {
            Checkpoint cutting = new CuttingCheckpoint(checkpoint, weights);
            assertThatThrownBy(() -> new WeightReader(cutting, arena, arena, WeightsType.AUTO, kernels)
                            .matrix("layers.1.mlp.down_proj.weight", 64, 160))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("layers.1.mlp.down_proj.weight cannot be read")
                    .hasMessageContaining("cut");
        }
    }

    /** Cuts the file right after a tensor of it was mapped. */
    private record CuttingCheckpoint(Checkpoint real, Path file) implements Checkpoint {
        @Override
        public ModelConfig config() {
            return real.config();
        }

        @Override
        public Path path() {
            return real.path();
        }

        @Override
        public Set<String> names() {
            return real.names();
        }

        @Override
        public Optional<TensorInfo> find(String name) throws IOException {
            return real.find(name);
        }

        @Override
        public Tensor read(String name, Arena arena) throws IOException {
            Tensor tensor = real.read(name, arena);
            cut(file, 100);
            return tensor;
        }

        @Override
        public void close() throws IOException {
            real.close();
        }
    }

    @Test
    void otherSizesThanTheConfigurationsAreNamed() throws Exception {
        Path config = model.resolve("config.json");
        String good = Files.readString(config);
        Files.writeString(config, good.replace("\"hidden_size\": 64", "\"hidden_size\": 128"));
        assertRefused(() -> load(model, 0), "has shape", "the configuration asks for");
        Files.writeString(config, good.replace("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 7"));
        assertRefused(() -> load(model, 6), "layers.6.", "is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../llama/model.safetensors",
                "/model.safetensors",
                "a\\\\model.safetensors",
                "C:model.safetensors",
                "model\\u0000.safetensors",
                ".safetensors",
                "pytorch_model.bin"
            })
    void shardOutsideTheFolderIsRefused(String shard) throws Exception {
        writeIndex(shard);
        assertRefused(() -> load(model, 0), "model.safetensors.index.json", "not the name of a safetensors file");
    }

    @Test
    void missingShardIsNamed() throws Exception {
        writeIndex("model-00001-of-00002.safetensors");
        assertRefused(() -> load(model, 0), "model-00001-of-00002.safetensors is missing");
        Files.writeString(model.resolve("model.safetensors.index.json"), "{\"weight_map\": ");
        assertRefused(() -> load(model, 0), "is not JSON");
        Files.writeString(model.resolve("model.safetensors.index.json"), "[".repeat(100_000));
        assertRefused(() -> load(model, 0), "is not JSON");
        Files.writeString(model.resolve("model.safetensors.index.json"), "{\"weight_map\": {}}");
        assertRefused(() -> load(model, 0), "no weight_map");
    }

    private void writeIndex(String shard) throws IOException {
        Files.writeString(
                model.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"model.layers.0.input_layernorm.weight\": \"" + shard
                        + "\", \"model.layers.0.self_attn.q_proj.weight\": \"" + shard + "\"}}");
    }

    @Test
    void ggufPartsThatAreTheSameFileAreRefused() throws Exception {
        Path first = folder.resolve("m-00001-of-00002.gguf");
        Path second = folder.resolve("m-00002-of-00002.gguf");
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            TinyGguf.convertSplit(checkpoint, first, second);
        }
        Files.delete(second);
        Files.copy(first, second);
        assertRefused(() -> Checkpoint.open(first).close(), "m-00002-of-00002.gguf is part 0 of 2 by its metadata");
        byte[] head = new TinyGguf()
                .put("general.architecture", "llama")
                .put("split.no", 0)
                .put("split.count", 2)
                .tensor("a", new byte[4], 1)
                .bytes();
        byte[] same = new TinyGguf()
                .put("split.no", 1)
                .put("split.count", 2)
                .tensor("a", new byte[4], 1)
                .bytes();
        Files.write(first, head);
        Files.write(second, same);
        assertRefused(() -> Checkpoint.open(first).close(), "tensor a is in another part, too");
    }

    @Test
    void ggufMetadataIsLimitedAltogether() throws Exception {
        var gguf = new TinyGguf().put("general.architecture", "llama");
        List<Boolean> many = Collections.nCopies(1_500_000, true);
        gguf.put("a", many).put("b", many).put("c", many);
        Path file = Files.write(folder.resolve("many.gguf"), gguf.bytes());
        assertRefused(() -> Checkpoint.open(file).close(), "many.gguf", "array elements");
    }

    @Test
    void ggufTensorsMustLieInTheFileAndBeKnown() throws Exception {
        assertGgufRefused(gguf -> gguf[offsetOfOffset(gguf)] = (byte) 0x20, "cut");
        assertGgufRefused(gguf -> gguf[offsetOfOffset(gguf)] = 1, "not a multiple of the alignment");
        assertGgufRefused(gguf -> gguf[offsetOfOffset(gguf) + 7] = (byte) 0x80, "lies at");
        assertGgufRefused(gguf -> gguf[offsetOfOffset(gguf) - 4] = 99, "has ggml type 99");
    }

    private interface Change {
        void make(byte[] gguf);
    }

    /** The last tensor's offset stands right before the padding, in a file made so that there is none. */
    private static int offsetOfOffset(byte[] gguf) {
        return gguf.length - 32 - 8;
    }

    private void assertGgufRefused(Change change, String why) throws IOException {
        byte[] gguf = new byte[0];
        for (int length = 1;
                length < 64;
                length++) { // a name of a length that makes the header end at a multiple of 32
            gguf = new TinyGguf()
                    .put("general.architecture", "llama")
                    .put("general.name", "x".repeat(length))
                    .tensor("a", new byte[32], 8)
                    .bytes();
            if (ByteBuffer.wrap(gguf, offsetOfOffset(gguf) - 16, 4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getInt()
                    == 1) {
                break;
            }
        }
        change.make(gguf);
        Path file = Files.write(folder.resolve("tampered.gguf"), gguf);
        assertRefused(() -> Checkpoint.open(file).close(), "tampered.gguf", why);
    }

    private interface Attempt {
        void run() throws IOException;
    }

    private static void assertRefused(Attempt attempt, String... why) {
        var thrown = assertThatThrownBy(attempt::run).isInstanceOf(CheckpointException.class);
        for (String part : why) {
            thrown.hasMessageContaining(part);
        }
    }

    private static void load(Path path, int block) throws IOException {
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(path)) {
            BlockStack.load(checkpoint, block, block + 1, WeightsType.AUTO, kernels)
                    .close();
        }
    }

    private static void cut(Path file, long bytes) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(bytes);
        }
    }
}
