package corolla.model.family;

import corolla.tensor.BFloat16;
import java.util.function.IntPredicate;

/**
 * {@code config.json} of Gemma 3's language model: four norms a block whose weights are stored less one, norms of heads,
 * scaled embeddings, and two kinds of blocks, most with a sliding window and rotary positions of their own.
 */
final class Gemma3Reader {
    private static final int WINDOW = 4096;
    private static final int GLOBAL_EVERY = 6;

    private Gemma3Reader() {}

    /** Of a model that also sees: the language model is an object inside, and leaves out what is usual. */
    static ModelConfig multimodal(ConfigJson json) {
        return read(json.with("text_config"));
    }

    static ModelConfig read(ConfigJson file) {
        ConfigJson json = file.or("num_attention_heads", 8).or("vocab_size", 262_208);
        json.require("attn_logit_softcapping", "null");
        json.require("final_logit_softcapping", "null");
        json.require("use_bidirectional_attention", "false");
        int headSize = json.integer("head_dim", 256);
        boolean bias = json.flag("attention_bias", false);
        LlamaLike reader = LlamaLike.of(json, 4, headSize);
        AttentionConfig common = reader.attention()
                .withPositions(globalRope(json, headSize))
                .withScale((float) (1 / Math.sqrt(json.number("query_pre_attn_scalar", 256))))
                .withHeadNorms(true)
                .withInputBias(bias)
                .withOutputBias(bias);
        AttentionConfig sliding =
                common.withPositions(localRope(json, headSize)).withWindow(json.integer("sliding_window", WINDOW));
        IntPredicate isSliding = sliding(json);
        return reader.norm(new NormConfig(NormConfig.Kind.RMS, (float) json.number("rms_norm_eps", 1e-6), true))
                .layout(BlockLayout.SEQUENTIAL_FOUR_NORMS)
                .feedForward(reader.gated("hidden_activation", "gelu_pytorch_tanh", false))
                .attentionOfBlock(block -> isSliding.test(block) ? sliding : common)
                .embeddingScale(embeddingScale(json))
                .headTiedByDefault()
                .positionsByDefault(131_072)
                .build();
    }

    /** Older files say only every how many blocks one sees everything. */
    private static IntPredicate sliding(ConfigJson json) {
        if (LayerTypes.areGiven(json)) {
            return LayerTypes.of(json)::isSliding;
        }
        int pattern = json.integer("sliding_window_pattern", json.integer("_sliding_window_pattern", GLOBAL_EVERY));
        ConfigChecks.positive("sliding_window_pattern", pattern);
        return block -> (block + 1) % pattern != 0;
    }

    private static RopeConfig globalRope(ConfigJson json, int headSize) {
        ConfigJson both = json.child("rope_parameters");
        return both.has("full_attention")
                ? RopeReader.of(both.child("full_attention"), 1e6, headSize)
                : RopeReader.of(json.child("rope_scaling"), json.number("rope_theta", 1e6), headSize);
    }

    private static RopeConfig localRope(ConfigJson json, int headSize) {
        ConfigJson both = json.child("rope_parameters");
        double theta = json.number("rope_local_base_freq", 10_000);
        return RopeReader.of(both.child("sliding_attention"), theta, headSize);
    }

    /** The root of the hidden size, rounded as the reference keeps it: in the type of the weights. */
    private static float embeddingScale(ConfigJson json) {
        float exact = (float) Math.sqrt(json.integer("hidden_size"));
        return switch (json.storedType()) {
            case BF16 -> BFloat16.toFloat(BFloat16.fromFloat(exact));
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(exact));
            default -> exact;
        };
    }
}
