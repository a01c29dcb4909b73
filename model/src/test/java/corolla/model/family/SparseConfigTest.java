package corolla.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.model.block.KvCache;
import corolla.model.family.FeedForwardConfig.Gated;
import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.ExpertGate;
import corolla.tensor.RopeTable;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The keys of published {@code config.json} files that matter for experts and latent attention. */
final class SparseConfigTest {
    private static final String DEEPSEEK = """
            {"model_type": "deepseek_v3", "hidden_size": 7168, "intermediate_size": 18432, "moe_intermediate_size": 2048,
            "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "n_shared_experts": 1,
            "n_routed_experts": 256, "routed_scaling_factor": 2.5, "kv_lora_rank": 512, "q_lora_rank": 1536,
            "qk_rope_head_dim": 64, "v_head_dim": 128, "qk_nope_head_dim": 128, "topk_method": "noaux_tc", "n_group": 8,
            "topk_group": 4, "num_experts_per_tok": 8, "moe_layer_freq": 1, "first_k_dense_replace": 3,
            "norm_topk_prob": true, "scoring_func": "sigmoid", "hidden_act": "silu", "max_position_embeddings": 163840,
            "rms_norm_eps": 1e-6, "rope_theta": 10000, "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 40,
            "mscale": 1.0, "mscale_all_dim": 1.0, "original_max_position_embeddings": 4096, "type": "yarn"},
            "vocab_size": 129280, "attention_bias": false, "tie_word_embeddings": false, "torch_dtype": "bfloat16"}""";

    private static final String GPT_OSS = """
            {"model_type": "gpt_oss", "hidden_size": 2880, "intermediate_size": 2880, "head_dim": 64,
            "num_hidden_layers": 24, "num_attention_heads": 64, "num_key_value_heads": 8, "num_local_experts": 32,
            "experts_per_token": 4, "sliding_window": 128, "swiglu_limit": 7.0, "vocab_size": 201088,
            "max_position_embeddings": 131072, "attention_bias": true, "rope_theta": 150000, "rope_scaling": {
            "beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 4096,
            "rope_type": "yarn", "truncate": false}}""";

    private static ModelConfig read(String json) throws IOException {
        return Families.read(ConfigJson.parse(json.getBytes(StandardCharsets.UTF_8), null));
    }

    @Test
    void deepseekCachesItsLatentAlone() throws IOException {
        ModelConfig config = read(DEEPSEEK);
        assertThat(KvCache.bytes(config, 1, 1, 1)).isEqualTo(4 * (512 + 64));
        AttentionConfig attention = config.attention();
        double growth = 0.1 * Math.log(40) + 1;
        assertThat((double) attention.scale()).isCloseTo(growth * growth / Math.sqrt(192), within(1e-6));
        assertThat(attention.rope().scaling().amplitude()).isEqualTo(1);
        assertThat(attention.rope().pairing()).isEqualTo(RopeTable.Pairing.NEIGHBOURS);
    }

    @Test
    void deepseekHasThreeDenseBlocksAndThenExperts() throws IOException {
        ModelConfig config = read(DEEPSEEK);
        assertThat(config.block(2).feedForward()).isInstanceOf(Gated.class);
        assertThat(config.block(3).feedForward()).isInstanceOfSatisfying(Sparse.class, sparse -> {
            assertThat(sparse.rule()).isEqualTo(new RoutingRule(256, 8, Scoring.SIGMOID, true, 2.5f, 8, 4));
            assertThat(sparse.expertSize()).isEqualTo(2048);
            assertThat(sparse.sharedSize()).isEqualTo(2048);
            assertThat(sparse.corrected()).isTrue();
        });
        assertThat(config.block(60)).isSameAs(config.block(3));
    }

    @Test
    void yarnKeepsFastPairsAndStretchesSlowOnes() throws IOException {
        double[] frequencies = read(DEEPSEEK).attention().rope().frequencies();
        assertThat(frequencies).hasSize(32);
        assertThat(frequencies[0]).isEqualTo(1);
        assertThat(frequencies[31]).isCloseTo(Math.pow(10000, -62.0 / 64) / 40, within(1e-12));
    }

    @Test
    void gptOssHasSinksAndAWindowInEveryOtherBlock() throws IOException {
        ModelConfig config = read(GPT_OSS);
        assertThat(config.block(0).attention().window()).isEqualTo(128);
        assertThat(config.block(1).attention().window()).isZero();
        assertThat(config.block(1).attention().sinks()).isTrue();
        assertThat(config.attention().rope().scaling().amplitude()).isCloseTo(0.1 * Math.log(32) + 1, within(1e-12));
        assertThat(config.block(0).feedForward())
                .isEqualTo(new Sparse(
                        RoutingRule.of(32, 4, Scoring.SOFTMAX_OF_CHOSEN, false),
                        2880,
                        new ExpertGate.Clamped(new ClampedSwiglu(1.702f, 7)),
                        true,
                        false,
                        0));
    }
}
