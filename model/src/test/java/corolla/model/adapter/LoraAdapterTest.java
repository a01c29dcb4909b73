package corolla.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.model.RandomCheckpoint;
import corolla.model.block.BlockStack;
import corolla.model.block.StackAdapter;
import corolla.model.family.AttentionConfig;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.model.family.RopeConfig;
import corolla.model.family.RopeScaling;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.scalar.ScalarKernels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an adapter's folder may be: everything else ends in one error that says what is wrong with which file. */
class LoraAdapterTest {
    private static final String QUERY = "model.layers.1.self_attn.q_proj";
    private static final int HIDDEN = 12;

    @TempDir
    Path folder;

    private static AdapterFolder good() {
        return new AdapterFolder(4, 8, "q_proj")
                .config("layers_to_transform", "[1]")
                .module(QUERY, 4, HIDDEN, 16);
    }

    @Test
    void modulesHaveTheirSizesAndScales() throws IOException {
        try (LoraAdapter adapter = LoraAdapter.open(good().write(folder));
                Arena arena = Arena.ofConfined()) {
            LoraModule module = Objects.requireNonNull(adapter.modules().get(QUERY));
            assertThat(module).isEqualTo(new LoraModule(QUERY, HIDDEN, 16, 4, 2));
            assertThat(adapter.a(module, arena).shape().toArray()).containsExactly(4, HIDDEN);
            assertThat(adapter.b(module, arena).shape().toArray()).containsExactly(16, 4);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peft_type | \"IA3\" | peft_type is \"IA3\"",
                "use_dora | true | DoRA",
                "use_qalora | true | QALoRA",
                "lora_bias | true | biases",
                "bias | \"all\" | bias is \"all\"",
                "modules_to_save | [\"lm_head\"] | modules_to_save",
                "trainable_token_indices | [1] | embeddings",
                "target_parameters | [\"mlp.experts\"] | target_parameters",
                "layer_replication | [[0, 1]] | layer_replication",
                "megatron_config | {\"a\": 1} | megatron_config",
                "alora_invocation_tokens | [1, 2] | alora_invocation_tokens",
                "init_lora_weights | \"pissa_niter_4\" | changed weights",
                "init_lora_weights | \"olora\" | changed weights",
                "r | 0 | r is 0",
                "r | 100000 | r is 100000",
                "r | \"four\" | not an integer",
                "r | null | r is missing",
                "lora_alpha | \"big\" | not a number",
                "lora_alpha | 1e999 | lora_alpha is Infinity",
                "target_modules | [] | names no modules",
                "target_modules | [3] | not the name of a module",
                "target_modules | 3 | not names of modules",
                "target_modules | \"(((\" | not understood",
                "target_modules | [\"k_proj\"] | leaves out",
                "layers_to_transform | [0] | leaves out",
                "layers_pattern | \"h\" | leaves out",
                "exclude_modules | [\"q_proj\"] | leaves out",
                "rank_pattern | {\"q_proj\": 6} | its rank in adapter_config.json is 6",
                "rank_pattern | {\"[\": 6} | not understood",
                "rank_pattern | {\"q_proj\": 0.5} | not an integer",
            })
    void configurationThatIsNotSupportedIsRefused(String key, String json, String message) throws IOException {
        AdapterFolder adapter = good().config(key, json);
        if (json.startsWith("\"(((")) {
            adapter.without("layers_to_transform");
        }
        assertRefused(adapter.write(folder), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "use_dora | false",
                "modules_to_save | null",
                "modules_to_save | []",
                "layer_replication | null",
                "init_lora_weights | \"gaussian\"",
                "init_lora_weights | false",
                "fan_in_fan_out | true",
                "loftq_config | {}",
                "lora_dropout | 0.1",
                "layers_to_transform | 1",
                "layers_pattern | [\"layers\"]",
                "exclude_modules | \".*vision.*\"",
                "what_comes_next_year | 3",
            })
    void whatDoesNotChangeTheNumbersIsAccepted(String key, String json) throws IOException {
        try (LoraAdapter adapter = LoraAdapter.open(good().config(key, json).write(folder))) {
            assertThat(adapter.modules()).containsOnlyKeys(QUERY);
        }
    }

    @Test
    void filesThatAreMissingAreNamed() throws IOException {
        Path none = Files.createDirectories(folder.resolve("none"));
        assertRefused(none, "adapter_config.json is missing");
        Path noWeights = good().write(folder.resolve("weights"));
        Files.delete(noWeights.resolve("adapter_model.safetensors"));
        assertRefused(noWeights, "adapter_model.safetensors is missing");
        Files.write(noWeights.resolve("adapter_model.bin"), new byte[] {1, 2});
        assertRefused(noWeights, "pickle");
    }

    @Test
    void brokenFilesAreRefused() throws IOException {
        Path adapter = good().write(folder);
        Path weights = adapter.resolve("adapter_model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        for (int bytes : new int[] {0, 7, 40, whole.length - 1}) {
            Files.write(weights, Arrays.copyOf(whole, bytes));
            assertRefused(adapter, weights.toString());
        }
        Files.write(weights, whole);
        Files.writeString(adapter.resolve("adapter_config.json"), "{\"peft_type\":");
        assertRefused(adapter, "not JSON");
        Files.writeString(adapter.resolve("adapter_config.json"), "[]");
        assertRefused(adapter, "not a JSON object");
    }

    @Test
    void tensorsThatAreStrangeAreRefused() throws IOException {
        float[] four = new float[4];
        assertRefused(good().withoutTensor(QUERY + ".lora_B.weight").write(folder), "lora_B.weight is missing");
        assertRefused(good().tensor(QUERY + ".lora_magnitude_vector", four, 4).write(folder), "DoRA");
        assertRefused(good().tensor(QUERY + ".lora_B.bias", four, 4).write(folder), "biases");
        assertRefused(
                good().tensor("model.embed_tokens.lora_embedding_A", four, 2, 2).write(folder), "embeddings");
        assertRefused(good().tensor("lm_head.weight", four, 2, 2).write(folder), "expected are names like");
        assertRefused(
                good().tensor(QUERY + ".lora_A.weight", new float[3 * HIDDEN], 3, HIDDEN)
                        .write(folder),
                "rank");
        assertRefused(
                good().tensor(QUERY + ".lora_B.weight", new float[48], 16, 3).write(folder), "its rank");
        assertRefused(
                good().tensor(QUERY + ".lora_A.weight", new float[16], 4, 2, 2).write(folder), "linear layers");
        assertRefused(good().integers(QUERY + ".lora_A.weight", 4, HIDDEN).write(folder), "I32");
        assertRefused(new AdapterFolder(4, 8, "q_proj").write(folder), "no tensors");
    }

    @Test
    void patternThatTakesForeverIsStopped() throws IOException {
        AdapterFolder slow = good().without("layers_to_transform").config("target_modules", "\"(([a-z._0-9]+)+)+!\"");
        assertRefused(slow.write(folder), "takes too long");
    }

    @Test
    void adapterForAnotherModelIsRefused() throws IOException {
        assertUnfit(good().module(QUERY, 4, HIDDEN + 1, 16), "for another model");
        assertUnfit(good().module(QUERY, 4, HIDDEN, 17), "for another model");
        AdapterFolder beyond =
                good().config("layers_to_transform", "[1, 3]").module("model.layers.3.self_attn.q_proj", 4, HIDDEN, 16);
        assertUnfit(beyond, "of block 3, the model has 3");
        AdapterFolder head = new AdapterFolder(4, 8, "lm_head").module("lm_head", 4, HIDDEN, 9);
        assertUnfit(head, "in no block of a llama model");
        AdapterFolder unknown = new AdapterFolder(4, 8, "out").module("model.layers.0.mlp.out", 4, HIDDEN, HIDDEN);
        assertUnfit(unknown, "model.layers.0.mlp.out cannot be adapted; those that can are [mlp.down_proj");
        assertUnfit(good().config("layers_to_transform", "[1, 2]"), "model.layers.2.self_attn.q_proj has no tensors");
    }

    @Test
    void numbersThatAreNoneAreRefused() throws IOException {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] values = new float[4 * HIDDEN];
            values[17] = bad;
            AdapterFolder adapter = good().tensor(QUERY + ".lora_A.weight", values, 4, HIDDEN);
            assertUnfit(adapter, "lora_A.weight has a NaN or infinite number at index 17");
        }
    }

    private void assertUnfit(AdapterFolder adapter, String message) throws IOException {
        RopeConfig rope = new RopeConfig(100, 4, new RopeScaling.None());
        ModelConfig config = RandomCheckpoint.llama(3, HIDDEN, 9, AttentionConfig.of(4, 2, 4, rope), 10);
        try (Kernels kernels = new ScalarKernels();
                RandomCheckpoint checkpoint = new RandomCheckpoint(config, DType.F32);
                BlockStack blocks = BlockStack.load(checkpoint, 0, 3, WeightsType.F32, kernels);
                LoraAdapter lora = LoraAdapter.open(adapter.write(folder))) {
            assertThatThrownBy(() -> {
                        try (StackAdapter adapted = blocks.adapt(lora)) {
                            assertThat(adapted.bytes()).as("it was accepted").isNegative();
                        }
                    })
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining(message);
        }
    }

    private static void assertRefused(Path adapter, String message) {
        assertThatThrownBy(() -> {
                    try (LoraAdapter opened = LoraAdapter.open(adapter)) {
                        assertThat(opened.modules()).as("it was accepted").isNull();
                    }
                })
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(adapter.toString())
                .hasMessageContaining(message);
    }
}
