package corolla.model.family;

import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ExpertGate;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import java.util.List;

/** {@code config.json} of Qwen 2 (and 2.5), whose queries, keys and values have biases, and of Qwen 3, whose heads have norms. */
final class QwenReader {

    private QwenReader() {}

    static ModelConfig qwen2(ConfigJson json) {
        return windowed(json, LlamaLike.of(json).attention(attention -> attention.withInputBias(true)));
    }

    /** Where the file is silent, heads have 128 values whatever the hidden size. */
    static ModelConfig qwen3(ConfigJson json) {
        boolean bias = json.flag("attention_bias", false);
        LlamaLike reader = LlamaLike.of(json, 32, 128)
                .attention(attention ->
                        attention.withHeadNorms(true).withInputBias(bias).withOutputBias(bias));
        return windowed(json, reader);
    }

    /** Qwen 3 with experts in all blocks, or in all but some. */
    static ModelConfig qwen3Moe(ConfigJson json) {
        boolean bias = json.flag("attention_bias", false);
        int headSize = json.integer("hidden_size") / Math.max(1, json.integer("num_attention_heads"));
        LlamaLike reader = LlamaLike.of(json, 4, headSize)
                .attention(attention ->
                        attention.withHeadNorms(true).withInputBias(bias).withOutputBias(bias));
        RoutingRule rule = RoutingRule.of(
                json.integer("num_experts", json.integer("num_local_experts", 128)),
                json.integer("num_experts_per_tok", 8),
                Scoring.SOFTMAX,
                json.flag("norm_topk_prob", false));
        ExpertGate gate = new ExpertGate.Plain(json.activation("hidden_act", "silu"));
        Sparse sparse = new Sparse(rule, json.integer("moe_intermediate_size", 768), gate, false, false, 0);
        FeedForwardConfig dense = reader.gated("hidden_act", "silu", false);
        int step = Math.max(1, json.integer("decoder_sparse_step", 1));
        List<Integer> denseBlocks = json.integers("mlp_only_layers");
        reader.feedForwardOfBlock(block -> denseBlocks.contains(block) || (block + 1) % step != 0 ? dense : sparse);
        return windowed(json, reader);
    }

    /** {@code sliding_window} counts only beside {@code use_sliding_window}, and from block {@code max_window_layers} on. */
    private static ModelConfig windowed(ConfigJson json, LlamaLike reader) {
        int window = json.flag("use_sliding_window", false) ? json.integer("sliding_window", 4096) : 0;
        AttentionConfig full = reader.attention();
        AttentionConfig sliding = full.withWindow(window);
        int first = json.integer("max_window_layers", 28);
        if (LayerTypes.areGiven(json)) {
            LayerTypes types = LayerTypes.of(json);
            reader.attentionOfBlock(block -> types.isSliding(block) ? sliding : full);
        } else {
            reader.attentionOfBlock(block -> block >= first ? sliding : full);
        }
        return reader.positionsByDefault(32_768).build();
    }
}
