package corolla.model.family;

import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ExpertGate;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;

/** {@code config.json} of Mixtral: a Mistral whose feed-forward part is one of experts. */
final class MixtralReader {

    private MixtralReader() {}

    static ModelConfig read(ConfigJson json) {
        int headSize = json.integer("hidden_size") / Math.max(1, json.integer("num_attention_heads"));
        int window = json.integer("sliding_window", 0);
        LlamaLike reader = LlamaLike.of(json, 8, headSize);
        RoutingRule rule = RoutingRule.of(
                json.integer("num_local_experts", 8), json.integer("num_experts_per_tok", 2), Scoring.SOFTMAX, true);
        ExpertGate gate = new ExpertGate.Plain(json.activation("hidden_act", "silu"));
        return reader.attention(attention -> attention.withWindow(window))
                .norm(NormConfig.rms(json.number("rms_norm_eps", 1e-5)))
                .feedForward(new Sparse(rule, json.integer("intermediate_size"), gate, false, false, 0))
                .positionsByDefault(131_072)
                .build();
    }
}
