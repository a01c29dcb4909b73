package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.InlineTeam;
import corolla.model.LocalModel;
import corolla.model.Verification;
import corolla.model.block.BlockStack;
import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}, 'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate field",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}, 'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | overlap",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | needs 8 bytes",
                "{'a':{'dtype':'F32','shape':[5],'data_offsets':[0,20]}} | it is cut",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | takes bytes 8 to 0",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | takes bytes -8 to 0",
                "{'a':{'dtype':'F32','shape':[9223372036854775807,2],'data_offsets':[0,8]}} | has shape",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | has shape",
                "{'a':{'dtype':'F32','shape':'x','data_offsets':[0,8]}} | has shape",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | has data_offsets",
                "{'a':{'dtype':'C64','shape':[8],'data_offsets':[0,8]}} | known are",
                "{'a':3} | is described by 3",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}} | 8 bytes of no tensor",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | the file has",
                "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | and then 99999999999999999999",
                "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}} | and then 1",
                "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | and then 1.5",
                "{'a':{'dtype':'F32','data_offsets':[0,4]}} | has shape null",
                "{'a':{'shape':[1],'data_offsets':[0,4]}} | has dtype null",
                "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} x | not JSON",
                "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} {} | goes on",
                "[] | not a JSON object",
                "{'a' | not JSON",
            })
    void brokenHeaderIsRefused(String header, String why) throws Exception {
        Path file = write(header.replace('\'', '"'), new byte[16]);
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("file.safetensors")
                .hasMessageContaining(why);
    }

    @Test
    void absurdHeaderLengthIsRefused() throws Exception {
        for (long length : new long[] {-1, 0, 1, 1L << 62, 200_000_000, 17}) {
            Path file = folder.resolve("file.safetensors");
            Files.write(
                    file,
                    ByteBuffer.allocate(24)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(length)
                            .array());
            assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                    .as("header of %d bytes", length)
                    .isInstanceOf(CheckpointException.class);
        }
    }

    @Test
    void deepHeaderIsRefused() throws Exception {
        Path file = write("{\"a\":" + "[".repeat(1_000_000), new byte[0]);
        assertThatThrownBy(() -> SafetensorsFile.open(file).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("file.safetensors");
        Path hidden = write("{\"__metadata__\":" + "[".repeat(1_000_000), new byte[0]);
        assertThatThrownBy(() -> SafetensorsFile.open(hidden).close()).isInstanceOf(CheckpointException.class);
    }

    @Test
    void cutModelIsRefused() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Path file = model.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 7, 8, 100, 5_000, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Checkpoint.open(model).close())
                    .as("%d bytes", length)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("model.safetensors");
        }
    }

    @Test
    void damagedHeadersNeverDoMoreThanFail() throws Exception {
        byte[] whole = Files.readAllBytes(GoldenModels.unpack("llama", folder).resolve("model.safetensors"));
        Path file = folder.resolve("damaged.safetensors");
        Random random = new Random(11);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(6_000)] = (byte) random.nextInt();
            Files.write(file, damaged);
            try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                assertThat(opened.names()).isNotEmpty();
            } catch (CheckpointException refused) {
                assertThat(refused).hasMessageContaining("damaged.safetensors");
            }
        }
    }

    @Test
    void shardedModelVerifiesAndBlocksNeedOnlyTheirShard() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Path sharded = shard(model);
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(sharded);
                LocalModel local = LocalModel.load(checkpoint, WeightsType.AUTO, kernels, new InlineTeam())) {
            assertThat(Verification.run(
                                    model.resolve("expected.safetensors"),
                                    local.ends(),
                                    local,
                                    DType.F32,
                                    new InlineTeam(),
                                    InlineTeam.NO_DEADLINE)
                            .passed())
                    .isTrue();
        }
        Files.delete(sharded.resolve("model-00001-of-00002.safetensors"));
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(sharded)) {
            BlockStack.load(checkpoint, 3, 6, WeightsType.AUTO, kernels).close();
            assertThatThrownBy(() -> BlockStack.load(checkpoint, 2, 6, WeightsType.AUTO, kernels))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("model-00001-of-00002.safetensors is missing");
        }
    }

    @Test
    void indexThatPointsOutOfTheFolderIsRefused() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Files.writeString(
                model.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"a\": \"../llama/model.safetensors\"}}");
        assertThatThrownBy(() -> Checkpoint.open(model).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("same folder");
    }

    @Test
    void wrongShapeIsNamed() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Path config = model.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"intermediate_size\": 160", "\"intermediate_size\": 161"));
        try (Kernels kernels = new ScalarKernels();
                Checkpoint checkpoint = Checkpoint.open(model)) {
            assertThatThrownBy(() -> BlockStack.load(checkpoint, 0, 1, WeightsType.AUTO, kernels))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("layers.0.mlp.gate_proj.weight has shape (160, 64)")
                    .hasMessageContaining("(161, 64)");
        }
    }

    @Test
    void folderWithoutAModelIsRefused() {
        assertThatThrownBy(() -> Checkpoint.open(folder).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("neither config.json nor a GGUF file");
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("nothing")).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no such model");
    }

    @Test
    void unalignedDataIsRead() throws Exception {
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} "; // odd length
        byte[] data = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1.5f)
                .putFloat(-2f)
                .array();
        try (SafetensorsFile file = SafetensorsFile.open(write(header, data));
                Arena arena = Arena.ofConfined()) {
            assertThat(file.read("a", arena).toFloats()).containsExactly(1.5f, -2f);
        }
    }

    /** Ends and blocks 0 to 2 in the first file, the others in the second. */
    private Path shard(Path model) throws IOException {
        Path sharded = Files.createDirectory(folder.resolve("sharded"));
        Files.copy(model.resolve("config.json"), sharded.resolve("config.json"));
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        List<String> map = new ArrayList<>();
        try (SafetensorsFile file = SafetensorsFile.open(model.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                boolean late = name.matches("model\\.layers\\.[345]\\..*");
                (late ? second : first).add(name);
                map.add("\"" + name + "\": \"model-0000" + (late ? 2 : 1) + "-of-00002.safetensors\"");
            }
            write(sharded.resolve("model-00001-of-00002.safetensors"), file, first);
            write(sharded.resolve("model-00002-of-00002.safetensors"), file, second);
        }
        Files.writeString(
                sharded.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + String.join(",", map) + "}}");
        return sharded;
    }

    private static void write(Path target, SafetensorsFile source, List<String> names) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        List<String> header = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (String name : names) {
                Tensor tensor = source.read(name, arena);
                int start = data.size();
                data.writeBytes(tensor.data().toArray(ValueLayout.JAVA_BYTE));
                header.add("\"" + name + "\": {\"dtype\":\"F32\",\"shape\":"
                        + Arrays.toString(tensor.shape().toArray()) + ",\"data_offsets\":[" + start + "," + data.size()
                        + "]}");
            }
        }
        Files.write(target, file("{" + String.join(",", header) + "}", data.toByteArray()));
    }

    private Path write(String header, byte[] data) throws IOException {
        return Files.write(folder.resolve("file.safetensors"), file(header, data));
    }

    private static byte[] file(String header, byte[] data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data)
                .array();
    }
}
