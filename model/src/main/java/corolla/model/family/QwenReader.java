package corolla.model.family;

/** {@code config.json} of Qwen 2 (and 2.5), whose queries, keys and values have biases, and of Qwen 3, whose heads have norms. */
final class QwenReader {

    private QwenReader() {}

    static ModelConfig qwen2(ConfigJson json) {
        return windowed(json, LlamaLike.of(json).attention(attention -> attention.withBias(true, false)));
    }

    /** Where the file is silent, heads have 128 values whatever the hidden size. */
    static ModelConfig qwen3(ConfigJson json) {
        boolean bias = json.flag("attention_bias", false);
        LlamaLike reader = LlamaLike.of(json, 32, 128)
                .attention(attention -> attention.withHeadNorms().withBias(bias, bias));
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
