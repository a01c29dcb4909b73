package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFile;
import corolla.model.gguf.GgufTensor;
import corolla.testkit.Damage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever stands in a checkpoint's file, it is read or refused with one clear error; what was only announced is never allocated. */
class CheckpointFuzzTest {
    @TempDir
    Path folder;

    private interface Reader {
        void read(Path file) throws IOException;
    }

    private void fuzz(long seed, String name, Reader reader, byte[]... originals) throws IOException {
        var damage = new Damage(seed);
        Path file = folder.resolve(name);
        int read = 0;
        for (int i = 0; i < Damage.count(); i++) {
            Files.write(file, damage.next(originals));
            try {
                reader.read(file);
                read++;
            } catch (CheckpointException refused) {
                assertThat(refused.getMessage()).contains(name).hasSizeLessThan(2000);
            }
        }
        assertThat(read).as("some damage does not matter").isPositive();
    }

    @Test
    void safetensors() throws Exception {
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]},"
                + "\"c\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[22,30]}}";
        fuzz(
                1,
                "damaged.safetensors",
                CheckpointFuzzTest::readSafetensors,
                safetensors(header, 30),
                safetensors("{}", 0));
    }

    private static byte[] safetensors(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private static void readSafetensors(Path file) throws IOException {
        try (SafetensorsFile opened = SafetensorsFile.open(file);
                Arena arena = Arena.ofConfined()) {
            for (String name : opened.names()) {
                opened.read(name, arena).data().toArray(ValueLayout.JAVA_BYTE);
            }
        }
    }

    @Test
    void gguf() throws Exception {
        byte[] rich = new TinyGguf()
                .put("general.architecture", "llama")
                .put("general.alignment", 32)
                .put("tokenizer.ggml.tokens", List.of("a", "bc", ""))
                .put("tokenizer.ggml.scores", List.of(1f, 2f, 3f))
                .put("tokenizer.ggml.token_type", List.of(1, 2, 3))
                .put("llama.flag", true)
                .tensor("token_embd.weight", new byte[48], 3, 4)
                .tensor("blk.0.attn_q.weight", new byte[64], 4, 4)
                .bytes();
        fuzz(2, "damaged.gguf", CheckpointFuzzTest::readGguf, rich, new TinyGguf().bytes());
    }

    private static void readGguf(Path file) throws IOException {
        GgufFile opened = GgufFile.open(file);
        try (Arena arena = Arena.ofConfined()) {
            for (GgufTensor tensor : opened.tensors().values()) {
                opened.map(tensor, 1, arena).get(ValueLayout.JAVA_BYTE, 0);
            }
        }
    }

    /** Beyond the container: what a header says is also what a model is built from. */
    @Test
    void ggufModel() throws Exception {
        byte[] model = new TinyGguf()
                .put("general.architecture", "llama")
                .put("llama.block_count", 1)
                .put("llama.context_length", 64)
                .put("llama.embedding_length", 8)
                .put("llama.feed_forward_length", 16)
                .put("llama.attention.head_count", 2)
                .put("llama.attention.head_count_kv", 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.vocab_size", 4)
                .tensor("token_embd.weight", new byte[4 * 8 * 4], 4, 8)
                .tensor("blk.0.attn_q.weight", new byte[8 * 8 * 4], 8, 8)
                .bytes();
        fuzz(3, "damaged.gguf", CheckpointFuzzTest::readModel, model);
    }

    /** The settings of the other architectures. */
    @Test
    void ggufFamilies() throws Exception {
        fuzz(
                4,
                "damaged.gguf",
                CheckpointFuzzTest::readModel,
                family("bloom").bytes(),
                family("falcon").put("falcon.attention.head_count_kv", 1).bytes(),
                family("gemma3").put("gemma3.attention.sliding_window", 4).bytes(),
                experts("gpt-oss").put("gpt-oss.attention.sliding_window", 4).bytes(),
                experts("qwen3moe").bytes(),
                experts("deepseek2")
                        .put("deepseek2.attention.kv_lora_rank", 4)
                        .put("deepseek2.attention.key_length", 8)
                        .put("deepseek2.attention.value_length", 4)
                        .put("deepseek2.rope.dimension_count", 4)
                        .put("deepseek2.expert_gating_func", 2)
                        .bytes());
    }

    private static TinyGguf family(String name) {
        return new TinyGguf()
                .put("general.architecture", name)
                .put(name + ".block_count", 2)
                .put(name + ".context_length", 64)
                .put(name + ".embedding_length", 8)
                .put(name + ".feed_forward_length", 16)
                .put(name + ".attention.head_count", 2)
                .tensor("token_embd.weight", new byte[4 * 8 * 4], 4, 8)
                .tensor("blk.0.attn_norm.weight", new byte[8 * 4], 8);
    }

    private static TinyGguf experts(String name) {
        return family(name)
                .put(name + ".expert_count", 4)
                .put(name + ".expert_used_count", 2)
                .put(name + ".expert_feed_forward_length", 8)
                .tensor("blk.0.ffn_gate_exps.weight", new byte[4 * 8 * 8 * 4], 4, 8, 8);
    }

    private static void readModel(Path file) throws IOException {
        try (Checkpoint opened = Checkpoint.open(file);
                Arena arena = Arena.ofConfined()) {
            for (String name : Set.copyOf(opened.names())) {
                opened.read(name, arena);
            }
        }
    }
}
