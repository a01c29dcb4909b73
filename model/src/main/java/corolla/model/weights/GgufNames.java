package corolla.model.weights;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * GGUF's names of tensors by ours, from the table of names in llama.cpp's {@code gguf-py}. Without {@code .weight} and {@code .bias},
 * but for tensors whose name is whole on our side. Those of a block come after its index.
 */
final class GgufNames {
    static final Map<String, String> LLAMA =
            Map.of("embed_tokens", "token_embd", "norm", "output_norm", "lm_head", "output");

    static final Map<String, String> LLAMA_BLOCK = Map.ofEntries(
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("post_attention_layernorm", "ffn_norm"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"));

    static final Map<String, String> GEMMA3_BLOCK = with(
            LLAMA_BLOCK,
            Map.of(
                    "post_attention_layernorm", "post_attention_norm",
                    "pre_feedforward_layernorm", "ffn_norm",
                    "post_feedforward_layernorm", "post_ffw_norm"));

    /** Experts of a block are one tensor for each projection, (experts, outputs, inputs), or one for gates, then ups. */
    static final Map<String, String> MIXTRAL_BLOCK = with(
            LLAMA_BLOCK,
            Map.of(
                    "block_sparse_moe.gate", "ffn_gate_inp",
                    "block_sparse_moe.experts.w1", "ffn_gate_exps",
                    "block_sparse_moe.experts.w3", "ffn_up_exps",
                    "block_sparse_moe.experts.w2", "ffn_down_exps",
                    "block_sparse_moe.experts.gate_up_proj", "ffn_gate_up_exps.weight"));

    static final Map<String, String> QWEN3_MOE_BLOCK = with(
            LLAMA_BLOCK,
            Map.of(
                    "mlp.gate", "ffn_gate_inp",
                    "mlp.experts.gate_proj", "ffn_gate_exps",
                    "mlp.experts.up_proj", "ffn_up_exps",
                    "mlp.experts.down_proj", "ffn_down_exps",
                    "mlp.experts.gate_up_proj", "ffn_gate_up_exps.weight"));

    static final Map<String, String> GPT_OSS_BLOCK = with(
            LLAMA_BLOCK,
            Map.of(
                    "post_attention_layernorm", "post_attention_norm",
                    "self_attn.sinks", "attn_sinks.weight",
                    "mlp.router", "ffn_gate_inp",
                    "mlp.experts.gate_proj", "ffn_gate_exps",
                    "mlp.experts.up_proj", "ffn_up_exps",
                    "mlp.experts.down_proj", "ffn_down_exps"));

    /** What makes keys and values of latents is one tensor in old files, two in newer ones. */
    static final Map<String, String> DEEPSEEK_BLOCK = with(
            QWEN3_MOE_BLOCK,
            Map.ofEntries(
                    Map.entry("mlp.gate.e_score_correction_bias", "exp_probs_b.bias"),
                    Map.entry("mlp.shared_experts.gate_proj", "ffn_gate_shexp"),
                    Map.entry("mlp.shared_experts.up_proj", "ffn_up_shexp"),
                    Map.entry("mlp.shared_experts.down_proj", "ffn_down_shexp"),
                    Map.entry("self_attn.q_a_proj", "attn_q_a"),
                    Map.entry("self_attn.q_a_layernorm", "attn_q_a_norm"),
                    Map.entry("self_attn.q_b_proj", "attn_q_b"),
                    Map.entry("self_attn.kv_a_proj_with_mqa", "attn_kv_a_mqa"),
                    Map.entry("self_attn.kv_a_layernorm", "attn_kv_a_norm"),
                    Map.entry("self_attn.kv_b_proj", "attn_kv_b"),
                    Map.entry("self_attn.k_b_proj", "attn_k_b"),
                    Map.entry("self_attn.v_b_proj", "attn_v_b")));

    static final Map<String, String> BLOOM = Map.of(
            "word_embeddings", "token_embd",
            "word_embeddings_layernorm", "token_embd_norm",
            "ln_f", "output_norm",
            "lm_head", "output");

    static final Map<String, String> BLOOM_BLOCK = Map.of(
            "input_layernorm", "attn_norm",
            "self_attention.query_key_value", "attn_qkv",
            "self_attention.dense", "attn_output",
            "post_attention_layernorm", "ffn_norm",
            "mlp.dense_h_to_4h", "ffn_up",
            "mlp.dense_4h_to_h", "ffn_down");

    /** Where branches have a norm each, the first is that of the feed-forward part. */
    static final Map<String, String> FALCON_BLOCK =
            with(BLOOM_BLOCK, Map.of("ln_mlp", "attn_norm", "ln_attn", "attn_norm_2"));

    private GgufNames() {}

    private static Map<String, String> with(Map<String, String> names, Map<String, String> others) {
        Map<String, String> all = new LinkedHashMap<>(names);
        all.putAll(others);
        return Map.copyOf(all);
    }
}
