package corolla.model.family;

import corolla.model.family.FeedForwardConfig.Gated;
import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ExpertGate;
import corolla.tensor.RopeTable;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;

/**
 * {@code config.json} of DeepSeek-V3: latent attention; some dense blocks first, then experts chosen by groups and one for
 * all tokens.
 */
final class DeepseekReader {

    private DeepseekReader() {}

    static ModelConfig read(ConfigJson json) {
        json.require("attention_bias", "false");
        json.require("scoring_func", "sigmoid");
        json.require("topk_method", "noaux_tc");
        json.require("moe_layer_freq", "1");
        int denseBlocks = json.integer("first_k_dense_replace", 3);
        LlamaLike reader = LlamaLike.of(json);
        Gated dense = reader.gated("hidden_act", "silu", false);
        Sparse sparse = sparse(json);
        AttentionConfig attention = attention(json);
        return reader.attention(any -> attention)
                .feedForwardOfBlock(block -> block < denseBlocks ? dense : sparse)
                .positionsByDefault(4096)
                .build();
    }

    private static AttentionConfig attention(ConfigJson json) {
        LatentConfig latent = new LatentConfig(
                json.integer("q_lora_rank", 0),
                json.integer("kv_lora_rank"),
                json.integer("qk_rope_head_dim"),
                json.integer("qk_nope_head_dim"),
                json.integer("v_head_dim"));
        RopeConfig rope = RopeReader.read(json, latent.ropeSize());
        boolean interleaved = json.flag("rope_interleave", true);
        return AttentionConfig.latent(
                json.integer("num_attention_heads"),
                latent,
                (float) (attentionGrowth(json) / Math.sqrt(latent.querySize())),
                interleaved ? rope.withPairing(RopeTable.Pairing.NEIGHBOURS) : rope);
    }

    /** With YaRN, products of queries and keys grow by the square of its amplitude over all dimensions. */
    private static double attentionGrowth(ConfigJson json) {
        ConfigJson parameters =
                json.has("rope_parameters") ? json.child("rope_parameters") : json.child("rope_scaling");
        double weight = parameters.number("mscale_all_dim", 0);
        if (weight == 0
                || parameters
                        .text("rope_type", parameters.text("type", "default"))
                        .equals("default")) {
            return 1;
        }
        double growth = RopeReader.yarnGrowth(parameters.number("factor"), weight);
        return growth * growth;
    }

    private static Sparse sparse(ConfigJson json) {
        int expertSize = json.integer("moe_intermediate_size");
        RoutingRule rule = new RoutingRule(
                json.integer("n_routed_experts", json.integer("num_local_experts", 256)),
                json.integer("num_experts_per_tok", 8),
                Scoring.SIGMOID,
                json.flag("norm_topk_prob", true),
                (float) json.number("routed_scaling_factor", 2.5),
                json.integer("n_group", 8),
                json.integer("topk_group", 4));
        ExpertGate gate = new ExpertGate.Plain(json.activation("hidden_act", "silu"));
        int shared = Math.multiplyExact(json.integer("n_shared_experts", 1), expertSize);
        return new Sparse(rule, expertSize, gate, false, true, shared);
    }
}
