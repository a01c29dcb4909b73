package corolla.model.family;

import corolla.model.family.AttentionConfig.Storage;
import corolla.model.family.FeedForwardConfig.Plain;

/**
 * {@code config.json} of Falcon in its three kinds: the new decoder (40B, 180B, Falcon 2) with grouped keys, the multi-query
 * one (7B) with a single key-value head, and the classic one (RW) with as many as queries and ALiBi.
 */
final class FalconReader {
    private static final double THETA = 10_000;

    private FalconReader() {}

    static ModelConfig read(ConfigJson json) {
        int hiddenSize = json.integer("hidden_size");
        int blocks = json.integer("num_hidden_layers", json.integer("n_layer", 0));
        boolean bias = json.flag("bias", false);
        NormConfig norm = NormConfig.layer(json.number("layer_norm_epsilon", 1e-5));
        Plain feedForward = new Plain(
                json.integer("ffn_hidden_size", Math.multiplyExact(4, hiddenSize)),
                json.activation("activation", "gelu"),
                bias);
        BlockConfig block = new BlockConfig(layout(json), norm, attention(json, hiddenSize, bias), feedForward);
        return new ModelConfig(
                json.text("model_type"),
                ModelConfig.alike(blocks, block),
                hiddenSize,
                json.integer("vocab_size"),
                json.integer("max_position_embeddings", 2048),
                EndsConfig.of(norm, json.flag("tie_word_embeddings", true)),
                json.storedType(),
                json.beginToken(),
                json.endTokens());
    }

    private static boolean isNewDecoder(ConfigJson json) {
        return json.flag("new_decoder_architecture", false);
    }

    private static AttentionConfig attention(ConfigJson json, int hiddenSize, boolean bias) {
        int heads = json.integer("num_attention_heads", json.integer("n_head", 0));
        int headSize = hiddenSize / Math.max(1, heads);
        int keyValueHeads = heads;
        if (isNewDecoder(json)) {
            keyValueHeads = json.integer("num_kv_heads", json.integer("n_head_kv", heads));
        } else if (json.flag("multi_query", true)) {
            keyValueHeads = 1;
        }
        PositionConfig positions = json.flag("alibi", false)
                ? new AlibiConfig(AlibiConfig.Form.FALCON)
                : RopeReader.of(json.child("rope_parameters"), json.number("rope_theta", THETA), headSize);
        return AttentionConfig.of(heads, keyValueHeads, headSize, positions)
                .withInputBias(bias)
                .withOutputBias(bias)
                .withStorage(Storage.GROUPED);
    }

    private static BlockLayout layout(ConfigJson json) {
        boolean parallel = isNewDecoder(json) || json.flag("parallel_attn", true);
        if (isNewDecoder(json) && json.integer("num_ln_in_parallel_attn", 2) == 2) {
            return BlockLayout.PARALLEL_TWO_NORMS;
        }
        return parallel ? BlockLayout.PARALLEL : BlockLayout.SEQUENTIAL;
    }
}
