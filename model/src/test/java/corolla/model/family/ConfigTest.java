package corolla.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.model.family.RopeScaling.Linear;
import corolla.model.family.RopeScaling.Llama3;
import corolla.model.family.RopeScaling.None;
import corolla.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    private static final String SIZES = "\"hidden_size\": 64, \"intermediate_size\": 160, \"num_hidden_layers\": 6,"
            + "\"num_attention_heads\": 4, \"vocab_size\": 256, \"max_position_embeddings\": 128";

    @Test
    void sparseLlamaTakesTheDefaults() throws IOException {
        ModelConfig config = read("\"model_type\": \"llama\", " + SIZES);
        assertThat(config.attention()).isEqualTo(AttentionConfig.of(4, 4, 16, new RopeConfig(10_000, 16, new None())));
        assertThat(config.ends().finalNorm()).isEqualTo(NormConfig.rms(1e-6));
        assertThat(config.headTied()).isFalse();
        assertThat(config.storedType()).isEqualTo(DType.F32);
        assertThat(config.endTokens()).isEmpty();
        assertThat(config.beginToken()).isEmpty();
    }

    @Test
    void sparseMistralHasAWindow() throws IOException {
        assertThat(read("\"model_type\": \"mistral\", \"num_key_value_heads\": 2, " + SIZES)
                        .attention()
                        .window())
                .isEqualTo(4096);
        assertThat(read("\"model_type\": \"mistral\", \"num_key_value_heads\": 2, \"sliding_window\": null, " + SIZES)
                        .attention()
                        .window())
                .isZero();
    }

    @Test
    void olderAndNewerRopeAreTheSameRecord() throws IOException {
        String values = "\"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                + "\"original_max_position_embeddings\": 32";
        RopeConfig expected = new RopeConfig(500_000, 16, new Llama3(8, 1, 4, 32));
        assertThat(rope("\"rope_theta\": 500000.0, \"rope_scaling\": {\"rope_type\": \"llama3\", " + values + "}"))
                .isEqualTo(expected);
        assertThat(rope("\"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"llama3\", " + values + "}"))
                .isEqualTo(expected);
        assertThat(rope("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}"))
                .isEqualTo(new RopeConfig(10_000, 16, new Linear(2)));
        assertThat(rope("\"rope_scaling\": null, \"rope_theta\": 7.5")).isEqualTo(new RopeConfig(7.5, 16, new None()));
    }

    @Test
    void headSizeMayDifferFromHiddenSizeByHeads() throws IOException {
        AttentionConfig attention =
                read("\"model_type\": \"llama\", \"head_dim\": 24, " + SIZES).attention();
        assertThat(attention.headSize()).isEqualTo(24);
        assertThat(attention.querySize()).isEqualTo(96);
        assertThat(attention.rope().dimensions()).isEqualTo(24);
    }

    @Test
    void endTokensComeFromGenerationFirst() throws IOException {
        String llama = "{\"model_type\": \"llama\", \"eos_token_id\": 2, \"bos_token_id\": 1, " + SIZES + "}";
        assertThat(Families.read(ConfigJson.parse(bytes(llama), null)).endTokens())
                .containsExactly(2);
        assertThat(Families.read(ConfigJson.parse(bytes(llama), bytes("{\"eos_token_id\": [7, 9]}")))
                        .endTokens())
                .containsExactly(7, 9);
        assertThat(Families.read(ConfigJson.parse(bytes(llama), bytes("{}"))).beginToken())
                .hasValue(1);
    }

    @Test
    void storedTypeHasAnOldAndANewName() throws IOException {
        assertThat(read("\"model_type\": \"llama\", \"torch_dtype\": \"bfloat16\", " + SIZES)
                        .storedType())
                .isEqualTo(DType.BF16);
        assertThat(read("\"model_type\": \"llama\", \"dtype\": \"float16\", " + SIZES)
                        .storedType())
                .isEqualTo(DType.F16);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "'model_type': 'mamba' | model type \"mamba\" is not known, known are bloom, deepseek_v3, falcon, gemma3, gemma3_text, gpt_oss, llama, mistral, mixtral, qwen2, qwen3, qwen3_moe",
                "'hidden_size': 64 | model_type is missing",
                "'model_type': 'llama', 'hidden_size': 64, 'num_attention_heads': 4 | is missing",
                "'model_type': 'llama', 'num_attention_heads': 3.5 | num_attention_heads is 3.5, not an integer",
                "'model_type': 'llama', 'num_attention_heads': 4, 'hidden_size': -64, 'vocab_size': 8, 'num_hidden_layers': 1, 'intermediate_size': 8 | hidden_size is -64",
                "'model_type': 'llama', 'num_attention_heads': 4, 'hidden_size': 64, 'intermediate_size': 8, 'hidden_act': 'relu' | hidden_act is \"relu\", known are silu, gelu",
                "'model_type': 'llama', 'num_attention_heads': 4, 'hidden_size': 64, 'rope_scaling': {'rope_type': 'odd'} | rope scaling \"odd\" is not known",
                "'model_type': 'llama', 'num_attention_heads': 4, 'num_key_value_heads': 3, 'hidden_size': 64 | not a multiple",
            })
    void whatIsWrongIsNamed(String json, String why) {
        assertThatThrownBy(() -> read(json.replace('\'', '"')))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(why);
    }

    @Test
    void multimodalGemmaIsItsLanguageModelWithTheUsualSizes() throws IOException {
        ModelConfig config = read("""
                "model_type": "gemma3", "torch_dtype": "bfloat16", "eos_token_id": [1, 106], "vision_config": {"hidden_size": 1152},
                "text_config": {"hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text",
                    "num_hidden_layers": 34, "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}
                """);
        AttentionConfig local = config.block(0).attention();
        AttentionConfig global = config.block(5).attention();
        assertThat(config.blockCount()).isEqualTo(34);
        assertThat(config.vocabularySize()).isEqualTo(262_208);
        assertThat(config.hiddenSize()).isEqualTo(2560);
        assertThat(config.endTokens()).containsExactly(1, 106);
        assertThat(config.storedType()).isEqualTo(DType.BF16);
        assertThat(config.ends().embeddingScale()).isEqualTo(50.5f); // √2560 = 50.596 in bfloat16
        assertThat(local.heads()).isEqualTo(8);
        assertThat(local.keyValueHeads()).isEqualTo(4);
        assertThat(local.window()).isEqualTo(1024);
        assertThat(local.rope()).isEqualTo(new RopeConfig(10_000, 256, new None()));
        assertThat(global.window()).isZero();
        assertThat(global.rope()).isEqualTo(new RopeConfig(1e6, 256, new Linear(8)));
        assertThat(config.block(6)).isSameAs(config.block(0));
    }

    @Test
    void publishedBloomHasOldKeys() throws IOException {
        ModelConfig config =
                read("\"model_type\": \"bloom\", \"n_embed\": 1024, \"num_attention_heads\": 16, \"n_layer\": 24,"
                        + "\"vocab_size\": 250880, \"seq_length\": 4096, \"torch_dtype\": \"float16\"");
        assertThat(config.blockCount()).isEqualTo(24);
        assertThat(config.hiddenSize()).isEqualTo(1024);
        assertThat(config.positionsMax()).isEqualTo(4096);
        assertThat(config.headTied()).isTrue();
        assertThat(config.attention().positions()).isEqualTo(new AlibiConfig(AlibiConfig.Form.BLOOM));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"num_attention_heads\": 64, \"multi_query\": true, \"parallel_attn\": true', 1, PARALLEL",
        "'\"num_attention_heads\": 128, \"num_kv_heads\": 8, \"new_decoder_architecture\": true', 8, PARALLEL_TWO_NORMS",
        "'\"num_attention_heads\": 32, \"num_kv_heads\": 8, \"new_decoder_architecture\": true, \"num_ln_in_parallel_attn\": 1', 8, PARALLEL",
        "'\"num_attention_heads\": 32, \"multi_query\": false, \"parallel_attn\": false, \"alibi\": true', 32, SEQUENTIAL"
    })
    void falconIsOneOfItsKinds(String keys, int keyValueHeads, BlockLayout layout) throws IOException {
        ModelConfig config = read("\"model_type\": \"falcon\", \"hidden_size\": 8192, \"num_hidden_layers\": 2,"
                + "\"vocab_size\": 65024, " + keys);
        assertThat(config.attention().keyValueHeads()).isEqualTo(keyValueHeads);
        assertThat(config.block(1).layout()).isEqualTo(layout);
    }

    @Test
    void alibiSlopesAreThePapersSequence() {
        for (int head = 0; head < 8; head++) {
            assertThat(AlibiConfig.slope(head, 8)).isEqualTo(Math.pow(2, -1 - head));
        }
        double[] twelve = {0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625};
        for (int head = 0; head < 8; head++) {
            assertThat(AlibiConfig.slope(head, 12)).isEqualTo(twelve[head]);
        }
        assertThat(AlibiConfig.slope(8, 12)).isEqualTo(Math.pow(2, -0.5));
        assertThat(AlibiConfig.slope(11, 12)).isCloseTo(Math.pow(2, -3.5), within(1e-15));
        assertThat(new AlibiConfig(AlibiConfig.Form.FALCON).bias(0, 2, 257, 0.5f))
                .isEqualTo(8); // 2^-4 · 257 rounded to 16, half of it
    }

    @Test
    void moreBlocksThanAnyModelHasAreRefusedBeforeTheyAreMade() {
        assertThatThrownBy(() -> read("\"model_type\": \"bloom\", \"n_embed\": 64, \"n_head\": 4, \"vocab_size\": 8,"
                        + " \"n_layer\": 2000000000"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("block count is 2000000000");
    }

    @Test
    void llama3ScalingBlendsBetweenLongAndShortWaves() {
        Llama3 scaling = new Llama3(8, 1, 4, 8192);
        assertThat(scaling.scale(0, 1)).isEqualTo(1);
        assertThat(scaling.scale(0, 1e-5)).isEqualTo(1e-5 / 8);
        double between = scaling.scale(0, 2 * Math.PI / 8192 * 2.5); // 2.5 turns: half way
        assertThat(between).isCloseTo(2 * Math.PI / 8192 * 2.5 * (0.5 / 8 + 0.5), within(1e-12));
    }

    private static RopeConfig rope(String json) throws IOException {
        return read("\"model_type\": \"llama\", " + json + ", " + SIZES)
                .attention()
                .rope();
    }

    private static ModelConfig read(String json) throws IOException {
        return Families.read(ConfigJson.parse(bytes("{" + json + "}"), null));
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
