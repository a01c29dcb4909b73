package corolla.model.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import java.util.List;

/**
 * GGUF's settings of each architecture as its family's {@code config.json} says them, so that the family's own reader understands them.
 * Where a file is silent, what llama.cpp takes.
 */
final class GgufSettings {
    private static final int SIGMOID = 2; // of the numbers of expert_gating_func
    private static final int BLOCKS_OF_GEMMA3_27B = 62;
    private static final int BLOCKS_MAX = 4096; // lists with an entry for each are made before the reader looks

    private GgufSettings() {}

    static void llama(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.put("attention_bias", from.hasTensor("blk.0.attn_q.bias"));
        to.put("mlp_bias", from.hasTensor("blk.0.ffn_up.bias"));
    }

    static void mistral(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.put("sliding_window", from.integer("attention.sliding_window"));
    }

    static void mixtral(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.put("sliding_window", from.integer("attention.sliding_window", 0));
        to.put("num_local_experts", from.integer("expert_count"));
        to.put("num_experts_per_tok", from.integer("expert_used_count"));
    }

    static void qwen(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.put("attention_bias", from.hasTensor("blk.0.attn_q.bias"));
    }

    static void qwen3Moe(GgufMetadata from, ObjectNode to) throws CheckpointException {
        qwen(from, to);
        to.put("num_experts", from.integer("expert_count"));
        to.put("num_experts_per_tok", from.integer("expert_used_count"));
        to.put("moe_intermediate_size", from.integer("expert_feed_forward_length"));
        to.put("norm_topk_prob", true);
    }

    static void gemma3(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        int heads = from.integer("attention.head_count");
        boolean byHidden = from.integer("block_count") == BLOCKS_OF_GEMMA3_27B;
        to.put(
                "query_pre_attn_scalar",
                byHidden ? from.integer("embedding_length") / Math.max(1, heads) : headSize(from));
        to.put("rope_local_base_freq", from.real("rope.freq_base_swa", 10_000));
        int window = from.integer("attention.sliding_window", 0);
        if (window > 0) {
            to.put("sliding_window", window);
            slidingBlocks(from, to, 6);
        } else {
            to.put("sliding_window_pattern", 1);
        }
        if (from.real("final_logit_softcapping", 0) != 0) {
            to.put("final_logit_softcapping", from.real("final_logit_softcapping", 0));
        }
    }

    static void gptOss(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.put("intermediate_size", from.integer("expert_feed_forward_length"));
        to.put("num_local_experts", from.integer("expert_count"));
        to.put("num_experts_per_tok", from.integer("expert_used_count"));
        to.put("sliding_window", from.integer("attention.sliding_window"));
        slidingBlocks(from, to, 2);
        if (to.get("rope_scaling") instanceof ObjectNode scaling) {
            scaling.put("truncate", false); // as all published gpt-oss; GGUF has no key for it
        }
    }

    static void bloom(GgufMetadata from, ObjectNode to) throws CheckpointException {
        to.put("n_layer", blockCount(from));
        to.put("n_head", from.integer("attention.head_count"));
        to.put("seq_length", from.integer("context_length"));
        to.put("layer_norm_epsilon", from.real("attention.layer_norm_epsilon", 1e-5));
    }

    /** Only parallel branches without biases have an architecture in GGUF; one key-value head is the new decoder's case, too. */
    static void falcon(GgufMetadata from, ObjectNode to) throws CheckpointException {
        int heads = from.integer("attention.head_count");
        to.put("num_hidden_layers", blockCount(from));
        to.put("max_position_embeddings", from.integer("context_length"));
        to.put("num_attention_heads", heads);
        to.put("num_kv_heads", from.integer("attention.head_count_kv", heads));
        to.put("new_decoder_architecture", true);
        to.put("num_ln_in_parallel_attn", from.hasTensor("blk.0.attn_norm_2.weight") ? 2 : 1);
        to.put("ffn_hidden_size", from.integer("feed_forward_length"));
        to.put("layer_norm_epsilon", from.real("attention.layer_norm_epsilon", 1e-5));
        to.put("rope_theta", from.real("rope.freq_base", 10_000));
    }

    static void deepseek(GgufMetadata from, ObjectNode to) throws CheckpointException {
        llamaLike(from, to);
        to.remove("partial_rotary_factor");
        int rotated = from.integer("rope.dimension_count");
        to.put("q_lora_rank", from.integer("attention.q_lora_rank", 0));
        to.put("kv_lora_rank", from.integer("attention.kv_lora_rank"));
        to.put("qk_rope_head_dim", rotated);
        int headSize = from.integer("attention.key_length_mla", from.integer("attention.key_length"));
        to.put("qk_nope_head_dim", headSize - rotated);
        to.put("v_head_dim", from.integer("attention.value_length_mla", from.integer("attention.value_length")));
        to.put("first_k_dense_replace", from.integer("leading_dense_block_count", 0));
        deepseekExperts(from, to);
        if (to.get("rope_scaling") instanceof ObjectNode scaling
                && from.real("rope.scaling.yarn_log_multiplier").isPresent()) {
            // The converter multiplies by 0.1; the key stands for both, as they are equal in published models.
            float growth = (float) (from.real("rope.scaling.yarn_log_multiplier", 0) / 0.1);
            scaling.put("mscale_all_dim", growth).put("mscale", growth);
        }
    }

    private static void deepseekExperts(GgufMetadata from, ObjectNode to) throws CheckpointException {
        int experts = from.integer("expert_count");
        // Files from before GGUF had groups: V3 and R1 have 256 experts and are chosen by groups, others are not.
        boolean grouped = experts == 256;
        to.put("n_routed_experts", experts);
        to.put("num_experts_per_tok", from.integer("expert_used_count"));
        to.put("moe_intermediate_size", from.integer("expert_feed_forward_length"));
        to.put("n_shared_experts", from.integer("expert_shared_count", 0));
        to.put("routed_scaling_factor", from.real("expert_weights_scale", 1));
        to.put("norm_topk_prob", from.flag("expert_weights_norm", false));
        to.put("scoring_func", from.integer("expert_gating_func", 1) == SIGMOID ? "sigmoid" : "softmax");
        to.put("n_group", from.integer("expert_group_count", grouped ? 8 : 1));
        to.put("topk_group", from.integer("expert_group_used_count", grouped ? 4 : 1));
    }

    private static void llamaLike(GgufMetadata from, ObjectNode to) throws CheckpointException {
        int heads = from.integer("attention.head_count");
        int headSize = headSize(from);
        to.put("num_hidden_layers", blockCount(from));
        to.put("num_attention_heads", heads);
        to.put("num_key_value_heads", from.integer("attention.head_count_kv", heads));
        to.put("head_dim", headSize);
        to.put("intermediate_size", from.integer("feed_forward_length"));
        to.put("max_position_embeddings", from.integer("context_length"));
        to.put("rms_norm_eps", (float) from.real("attention.layer_norm_rms_epsilon", 1e-6));
        to.put("rope_theta", from.real("rope.freq_base", 10_000));
        // Half a value more, so that the reader's product is never rounded below the whole number.
        to.put("partial_rotary_factor", (from.integer("rope.dimension_count", headSize) + 0.5) / headSize);
        ropeScaling(from, to);
    }

    private static void ropeScaling(GgufMetadata from, ObjectNode to) throws CheckpointException {
        String kind = from.text("rope.scaling.type").orElse("none");
        if (kind.equals("none")) {
            return;
        }
        ObjectNode scaling = to.putObject("rope_scaling");
        scaling.put("rope_type", kind);
        scaling.put("factor", from.real("rope.scaling.factor", 1));
        scaling.put(
                "original_max_position_embeddings",
                from.integer("rope.scaling.original_context_length", from.integer("context_length")));
        scaling.put("beta_fast", from.real("rope.scaling.yarn_beta_fast", 32));
        scaling.put("beta_slow", from.real("rope.scaling.yarn_beta_slow", 1));
        from.real("rope.scaling.yarn_attn_factor").ifPresent(factor -> scaling.put("attention_factor", factor));
    }

    /** Which blocks have a window: flags of all, or every how many one has none. */
    private static void slidingBlocks(GgufMetadata from, ObjectNode to, int everyDefault) throws CheckpointException {
        List<Boolean> flags = from.flags("attention.sliding_window_pattern");
        int every = flags.isEmpty() ? from.integer("attention.sliding_window_pattern", everyDefault) : everyDefault;
        if (every < 1) {
            throw new CheckpointException(from.path() + ": attention.sliding_window_pattern is " + every);
        }
        ArrayNode types = to.putArray("layer_types");
        int blocks = flags.isEmpty() ? blockCount(from) : flags.size();
        for (int block = 0; block < blocks; block++) {
            boolean sliding = flags.isEmpty() ? (block + 1) % every != 0 : flags.get(block);
            types.add(sliding ? "sliding_attention" : "full_attention");
        }
    }

    private static int headSize(GgufMetadata from) throws CheckpointException {
        int heads = from.integer("attention.head_count");
        int headSize = from.integer("attention.key_length", from.integer("embedding_length") / Math.max(1, heads));
        if (headSize < 1) {
            throw new CheckpointException(from.path() + ": heads of " + headSize + " values");
        }
        return headSize;
    }

    /** Blocks that foretell further tokens stand behind the others and are not run. */
    private static int blockCount(GgufMetadata from) throws CheckpointException {
        int blocks = from.integer("block_count") - from.integer("nextn_predict_layers", 0);
        if (blocks < 1 || blocks > BLOCKS_MAX) {
            throw new CheckpointException(from.path() + ": " + blocks + " blocks, not between 1 and " + BLOCKS_MAX);
        }
        return blocks;
    }
}
