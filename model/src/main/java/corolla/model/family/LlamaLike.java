package corolla.model.family;

import corolla.model.family.FeedForwardConfig.Gated;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * Reads the {@code config.json} of a family that differs from Llama in a few things: begin with {@link #of}, say the
 * differences, {@link #build}. Confined to one reading.
 */
final class LlamaLike {
    private final ConfigJson json;
    private AttentionConfig attention;
    private IntFunction<AttentionConfig> attentionOfBlock;
    private IntFunction<FeedForwardConfig> feedForwardOfBlock;
    private NormConfig norm;
    private BlockLayout layout = BlockLayout.SEQUENTIAL;
    private float embeddingScale = 1;
    private boolean headTiedDefault;
    private int positionsDefault = 2048;

    private LlamaLike(ConfigJson json, AttentionConfig attention) {
        this.json = json;
        this.attention = attention;
        this.attentionOfBlock = block -> this.attention;
        this.norm = NormConfig.rms(json.number("rms_norm_eps", 1e-6));
        this.feedForwardOfBlock = block -> gated("hidden_act", "silu", false);
    }

    /** A Llama: grouped heads with rotary positions, gated feed-forward part, two norms. */
    static LlamaLike of(ConfigJson json) {
        int heads = json.integer("num_attention_heads");
        return of(json, heads, json.integer("hidden_size") / Math.max(1, heads));
    }

    /** With a family's own defaults where the file does not say. */
    static LlamaLike of(ConfigJson json, int keyValueHeadsDefault, int headSizeDefault) {
        int heads = json.integer("num_attention_heads");
        int keyValueHeads = json.integer("num_key_value_heads", keyValueHeadsDefault);
        int headSize = json.integer("head_dim", headSizeDefault);
        return new LlamaLike(json, AttentionConfig.of(heads, keyValueHeads, headSize, RopeReader.read(json, headSize)));
    }

    /** Changes the attention of all blocks. */
    LlamaLike attention(UnaryOperator<AttentionConfig> change) {
        attention = change.apply(attention);
        return this;
    }

    /** Makes attention differ from block to block. */
    LlamaLike attentionOfBlock(IntFunction<AttentionConfig> ofBlock) {
        attentionOfBlock = ofBlock;
        return this;
    }

    /** The attention that blocks have in common. */
    AttentionConfig attention() {
        return attention;
    }

    LlamaLike feedForward(FeedForwardConfig all) {
        return feedForwardOfBlock(block -> all);
    }

    LlamaLike feedForwardOfBlock(IntFunction<FeedForwardConfig> ofBlock) {
        feedForwardOfBlock = ofBlock;
        return this;
    }

    /** The gated part that the file describes. */
    Gated gated(String activationKey, String activationDefault, boolean bias) {
        return new Gated(json.integer("intermediate_size"), json.activation(activationKey, activationDefault), bias);
    }

    LlamaLike norm(NormConfig all) {
        norm = all;
        return this;
    }

    LlamaLike layout(BlockLayout all) {
        layout = all;
        return this;
    }

    LlamaLike embeddingScale(float factor) {
        embeddingScale = factor;
        return this;
    }

    /** Where the file does not say, the head shares the embedding table. */
    LlamaLike headTiedByDefault() {
        headTiedDefault = true;
        return this;
    }

    LlamaLike positionsByDefault(int positions) {
        positionsDefault = positions;
        return this;
    }

    ModelConfig build() {
        int count = json.integer("num_hidden_layers");
        ConfigChecks.blockCount(count);
        Map<BlockConfig, BlockConfig> kinds = new HashMap<>();
        List<BlockConfig> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var block = new BlockConfig(layout, norm, attentionOfBlock.apply(i), feedForwardOfBlock.apply(i));
            blocks.add(kinds.computeIfAbsent(block, same -> same));
        }
        return new ModelConfig(
                json.text("model_type"),
                blocks,
                json.integer("hidden_size"),
                json.integer("vocab_size"),
                json.integer("max_position_embeddings", positionsDefault),
                new EndsConfig(embeddingScale, null, norm, json.flag("tie_word_embeddings", headTiedDefault)),
                json.storedType(),
                json.beginToken(),
                json.endTokens());
    }
}
