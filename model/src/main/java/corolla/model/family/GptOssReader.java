package corolla.model.family;

import corolla.model.family.FeedForwardConfig.Sparse;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.ExpertGate;
import corolla.tensor.RoutingRule;
import corolla.tensor.RoutingRule.Scoring;
import java.util.function.IntPredicate;

/**
 * {@code config.json} of gpt-oss: sinks, biases everywhere, a sliding window in every other block, and experts with clamped
 * gates.
 */
final class GptOssReader {
    private static final int WINDOW = 128;

    private GptOssReader() {}

    static ModelConfig read(ConfigJson json) {
        boolean bias = json.flag("attention_bias", true);
        LlamaLike reader = LlamaLike.of(json, 8, 64);
        AttentionConfig full =
                reader.attention().withSinks(true).withInputBias(bias).withOutputBias(bias);
        AttentionConfig sliding = full.withWindow(json.integer("sliding_window", WINDOW));
        IntPredicate isSliding = LayerTypes.areGiven(json) ? LayerTypes.of(json)::isSliding : block -> block % 2 == 0;
        RoutingRule rule = RoutingRule.of(
                json.integer("num_local_experts", 128),
                json.integer("num_experts_per_tok", json.integer("experts_per_token", 4)),
                Scoring.SOFTMAX_OF_CHOSEN,
                false);
        ExpertGate gate = new ExpertGate.Clamped(
                new ClampedSwiglu((float) json.number("swiglu_alpha", 1.702), (float) json.number("swiglu_limit", 7)));
        return reader.attentionOfBlock(block -> isSliding.test(block) ? sliding : full)
                .norm(NormConfig.rms(json.number("rms_norm_eps", 1e-5)))
                .feedForward(new Sparse(rule, json.integer("intermediate_size"), gate, true, false, 0))
                .positionsByDefault(131_072)
                .build();
    }
}
