package corolla.model.family;

/** {@code config.json} of Llama, and of Mistral, which differs in its defaults and its sliding window. */
final class LlamaReader {

    private LlamaReader() {}

    static ModelConfig llama(ConfigJson json) {
        boolean bias = json.flag("attention_bias", false);
        LlamaLike reader = LlamaLike.of(json);
        return reader.attention(attention -> attention.withInputBias(bias).withOutputBias(bias))
                .feedForward(reader.gated("hidden_act", "silu", json.flag("mlp_bias", false)))
                .build();
    }

    /** Where the file is silent, transformers takes 8 key-value heads and a window of 4096 tokens; null means no window. */
    static ModelConfig mistral(ConfigJson json) {
        int window = json.has("sliding_window") ? json.integer("sliding_window", 0) : 4096;
        int headSize = json.integer("hidden_size") / Math.max(1, json.integer("num_attention_heads"));
        return LlamaLike.of(json, 8, headSize)
                .attention(attention -> attention.withWindow(window))
                .positionsByDefault(131_072)
                .build();
    }
}
