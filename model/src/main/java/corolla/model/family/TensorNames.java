package corolla.model.family;

import static java.util.Map.entry;

import java.util.EnumMap;
import java.util.Map;

/**
 * What a family calls its tensors in Hugging Face checkpoints; {@code .weight} and {@code .bias} come after a name.
 *
 * @param blocks what stands before a block's index
 * @param names those of block tensors come after {@link #block}
 */
public record TensorNames(String blocks, Map<TensorRole, String> names) {

    /** Llama's names, which most later families kept. */
    static final TensorNames LLAMA = new TensorNames(
            "layers.",
            Map.ofEntries(
                    entry(TensorRole.EMBEDDINGS, "embed_tokens"),
                    entry(TensorRole.FINAL_NORM, "norm"),
                    entry(TensorRole.HEAD, "lm_head"),
                    entry(TensorRole.ATTENTION_NORM, "input_layernorm"),
                    entry(TensorRole.QUERY, "self_attn.q_proj"),
                    entry(TensorRole.KEY, "self_attn.k_proj"),
                    entry(TensorRole.VALUE, "self_attn.v_proj"),
                    entry(TensorRole.QUERY_NORM, "self_attn.q_norm"),
                    entry(TensorRole.KEY_NORM, "self_attn.k_norm"),
                    entry(TensorRole.ATTENTION_OUTPUT, "self_attn.o_proj"),
                    entry(TensorRole.FEED_FORWARD_NORM, "post_attention_layernorm"),
                    entry(TensorRole.GATE, "mlp.gate_proj"),
                    entry(TensorRole.UP, "mlp.up_proj"),
                    entry(TensorRole.DOWN, "mlp.down_proj")));

    /** Gemma 3 gives {@code post_attention_layernorm} its literal meaning. */
    static final TensorNames GEMMA3 = LLAMA.with(TensorRole.ATTENTION_POST_NORM, "post_attention_layernorm")
            .with(TensorRole.FEED_FORWARD_NORM, "pre_feedforward_layernorm")
            .with(TensorRole.FEED_FORWARD_POST_NORM, "post_feedforward_layernorm");

    /** Mixtral's experts beside Llama's names. */
    static final TensorNames MIXTRAL = LLAMA.with(TensorRole.ROUTER, "block_sparse_moe.gate")
            .with(TensorRole.EXPERTS, "block_sparse_moe.experts.")
            .with(TensorRole.EXPERT_GATE, "w1")
            .with(TensorRole.EXPERT_UP, "w3")
            .with(TensorRole.EXPERT_DOWN, "w2")
            .with(TensorRole.STACKED_GATE_UP, "block_sparse_moe.experts.gate_up_proj")
            .with(TensorRole.STACKED_DOWN, "block_sparse_moe.experts.down_proj");

    static final TensorNames QWEN3_MOE = LLAMA.with(TensorRole.ROUTER, "mlp.gate")
            .with(TensorRole.EXPERTS, "mlp.experts.")
            .with(TensorRole.EXPERT_GATE, "gate_proj")
            .with(TensorRole.EXPERT_UP, "up_proj")
            .with(TensorRole.EXPERT_DOWN, "down_proj")
            .with(TensorRole.STACKED_GATE_UP, "mlp.experts.gate_up_proj")
            .with(TensorRole.STACKED_DOWN, "mlp.experts.down_proj");

    static final TensorNames DEEPSEEK_V3 = QWEN3_MOE
            .with(TensorRole.ROUTER_CORRECTION, "mlp.gate.e_score_correction_bias")
            .with(TensorRole.SHARED_GATE, "mlp.shared_experts.gate_proj")
            .with(TensorRole.SHARED_UP, "mlp.shared_experts.up_proj")
            .with(TensorRole.SHARED_DOWN, "mlp.shared_experts.down_proj")
            .with(TensorRole.QUERY_LATENT, "self_attn.q_a_proj")
            .with(TensorRole.QUERY_LATENT_NORM, "self_attn.q_a_layernorm")
            .with(TensorRole.QUERY_FROM_LATENT, "self_attn.q_b_proj")
            .with(TensorRole.KEY_VALUE_LATENT, "self_attn.kv_a_proj_with_mqa")
            .with(TensorRole.KEY_VALUE_LATENT_NORM, "self_attn.kv_a_layernorm")
            .with(TensorRole.KEY_VALUE_FROM_LATENT, "self_attn.kv_b_proj")
            .with(TensorRole.KEY_FROM_LATENT, "self_attn.k_b_proj")
            .with(TensorRole.VALUE_FROM_LATENT, "self_attn.v_b_proj");

    static final TensorNames GPT_OSS = LLAMA.with(TensorRole.SINKS, "self_attn.sinks")
            .with(TensorRole.ROUTER, "mlp.router")
            .with(TensorRole.EXPERTS, "mlp.experts.")
            .with(TensorRole.EXPERT_GATE, "gate_proj")
            .with(TensorRole.EXPERT_UP, "up_proj")
            .with(TensorRole.EXPERT_DOWN, "down_proj")
            .with(TensorRole.EXPERTS_GATE_UP, "mlp.experts.gate_up_proj")
            .with(TensorRole.EXPERTS_DOWN, "mlp.experts.down_proj");

    /** Of BLOOM, and of Falcon, which began as its relative. */
    static final TensorNames BLOOM = new TensorNames(
            "h.",
            Map.ofEntries(
                    entry(TensorRole.EMBEDDINGS, "word_embeddings"),
                    entry(TensorRole.EMBEDDING_NORM, "word_embeddings_layernorm"),
                    entry(TensorRole.FINAL_NORM, "ln_f"),
                    entry(TensorRole.HEAD, "lm_head"),
                    entry(TensorRole.ATTENTION_NORM, "input_layernorm"),
                    entry(TensorRole.PARALLEL_ATTENTION_NORM, "ln_attn"),
                    entry(TensorRole.PARALLEL_FEED_FORWARD_NORM, "ln_mlp"),
                    entry(TensorRole.QUERY_KEY_VALUE, "self_attention.query_key_value"),
                    entry(TensorRole.ATTENTION_OUTPUT, "self_attention.dense"),
                    entry(TensorRole.FEED_FORWARD_NORM, "post_attention_layernorm"),
                    entry(TensorRole.UP, "mlp.dense_h_to_4h"),
                    entry(TensorRole.DOWN, "mlp.dense_4h_to_h")));

    public TensorNames {
        names = Map.copyOf(names);
    }

    /** The same names but one. */
    TensorNames with(TensorRole role, String name) {
        Map<TensorRole, String> changed = new EnumMap<>(names);
        changed.put(role, name);
        return new TensorNames(blocks, changed);
    }

    /** Whether the family has a tensor of this role. */
    public boolean has(TensorRole role) {
        return names.containsKey(role);
    }

    /** The name of a tensor, without block. */
    public String of(TensorRole role) {
        String name = names.get(role);
        if (name == null) {
            throw new IllegalArgumentException("the family has no name for " + role + ", it has " + names.keySet());
        }
        return name;
    }

    /** What stands before the names of one block's tensors: {@code layers.3.} */
    public String block(int index) {
        return blocks + index + ".";
    }
}
