package corolla.model.family;

/** {@code config.json} of Llama, and of Mistral, which differs in its defaults and its sliding window. */
final class LlamaReader {

    private LlamaReader() {}

    static ModelConfig llama(ConfigJson json) {
        return read(json, json.integer("num_key_value_heads", json.integer("num_attention_heads")), 2048, 0);
    }

    /** Where the file is silent, transformers takes 8 key-value heads and a window of 4096 tokens; null means no window. */
    static ModelConfig mistral(ConfigJson json) {
        int window = json.has("sliding_window") ? json.integer("sliding_window", 0) : 4096;
        return read(json, json.integer("num_key_value_heads", 8), 131_072, window);
    }

    private static ModelConfig read(ConfigJson json, int keyValueHeads, int positionsDefault, int window) {
        json.require("hidden_act", "silu");
        json.require("mlp_bias", "false");
        json.require("attention_bias", "false");
        int hiddenSize = json.integer("hidden_size");
        int heads = json.integer("num_attention_heads");
        int headSize = json.integer("head_dim", hiddenSize / Math.max(1, heads));
        AttentionConfig attention =
                new AttentionConfig(heads, keyValueHeads, headSize, false, window, RopeReader.read(json, headSize));
        return new ModelConfig(
                json.text("model_type"),
                json.integer("num_hidden_layers"),
                hiddenSize,
                json.integer("vocab_size"),
                json.integer("max_position_embeddings", positionsDefault),
                (float) json.number("rms_norm_eps", 1e-6),
                attention,
                new FeedForwardConfig(json.integer("intermediate_size")),
                json.flag("tie_word_embeddings", false),
                json.storedType(),
                json.beginToken(),
                json.endTokens());
    }
}
