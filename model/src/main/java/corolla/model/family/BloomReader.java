package corolla.model.family;

import corolla.model.family.AttentionConfig.Storage;
import corolla.model.family.FeedForwardConfig.Plain;
import corolla.tensor.Activation;

/** {@code config.json} of BLOOM: ALiBi, one tensor for queries, keys and values, layer norms, biases everywhere. */
final class BloomReader {
    private static final int POSITIONS = 2048;

    private BloomReader() {}

    static ModelConfig read(ConfigJson json) {
        json.require("apply_residual_connection_post_layernorm", "false");
        int hiddenSize = json.has("hidden_size") ? json.integer("hidden_size") : json.integer("n_embed");
        int heads = json.has("n_head") ? json.integer("n_head") : json.integer("num_attention_heads");
        int blocks = json.has("n_layer") ? json.integer("n_layer") : json.integer("num_hidden_layers");
        NormConfig norm = NormConfig.layer(json.number("layer_norm_epsilon", 1e-5));
        AttentionConfig attention = AttentionConfig.of(
                        heads, heads, hiddenSize / Math.max(1, heads), new AlibiConfig(AlibiConfig.Form.BLOOM))
                .withInputBias(true)
                .withOutputBias(true)
                .withStorage(Storage.GROUPED);
        Plain feedForward = new Plain(Math.multiplyExact(4, hiddenSize), Activation.GELU_TANH, true);
        return new ModelConfig(
                json.text("model_type"),
                ModelConfig.alike(blocks, new BlockConfig(BlockLayout.SEQUENTIAL, norm, attention, feedForward)),
                hiddenSize,
                json.integer("vocab_size"),
                json.integer("seq_length", POSITIONS),
                new EndsConfig(1, norm, norm, json.flag("tie_word_embeddings", true)),
                json.storedType(),
                json.beginToken(),
                json.endTokens());
    }
}
