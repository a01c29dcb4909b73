package corolla.model.family;

import static java.util.Map.entry;

import java.util.EnumMap;
import java.util.Map;

/**
 * What a family calls its tensors in Hugging Face checkpoints; {@code .weight} and {@code .bias} come after a name.
 *
 * @param blocks what stands before a block's index
 * @param names those of block tensors come after {@link #block}
 */
public record TensorNames(String blocks, Map<TensorRole, String> names) {

    /** Llama's names, which most later families kept. */
    static final TensorNames LLAMA = new TensorNames(
            "layers.",
            Map.ofEntries(
                    entry(TensorRole.EMBEDDINGS, "embed_tokens"),
                    entry(TensorRole.FINAL_NORM, "norm"),
                    entry(TensorRole.HEAD, "lm_head"),
                    entry(TensorRole.ATTENTION_NORM, "input_layernorm"),
                    entry(TensorRole.QUERY, "self_attn.q_proj"),
                    entry(TensorRole.KEY, "self_attn.k_proj"),
                    entry(TensorRole.VALUE, "self_attn.v_proj"),
                    entry(TensorRole.QUERY_NORM, "self_attn.q_norm"),
                    entry(TensorRole.KEY_NORM, "self_attn.k_norm"),
                    entry(TensorRole.ATTENTION_OUTPUT, "self_attn.o_proj"),
                    entry(TensorRole.FEED_FORWARD_NORM, "post_attention_layernorm"),
                    entry(TensorRole.GATE, "mlp.gate_proj"),
                    entry(TensorRole.UP, "mlp.up_proj"),
                    entry(TensorRole.DOWN, "mlp.down_proj")));

    /** Gemma 3 gives {@code post_attention_layernorm} its literal meaning. */
    static final TensorNames GEMMA3 = LLAMA.with(TensorRole.ATTENTION_POST_NORM, "post_attention_layernorm")
            .with(TensorRole.FEED_FORWARD_NORM, "pre_feedforward_layernorm")
            .with(TensorRole.FEED_FORWARD_POST_NORM, "post_feedforward_layernorm");

    /** Of BLOOM, and of Falcon, which began as its relative. */
    static final TensorNames BLOOM = new TensorNames(
            "h.",
            Map.ofEntries(
                    entry(TensorRole.EMBEDDINGS, "word_embeddings"),
                    entry(TensorRole.EMBEDDING_NORM, "word_embeddings_layernorm"),
                    entry(TensorRole.FINAL_NORM, "ln_f"),
                    entry(TensorRole.HEAD, "lm_head"),
                    entry(TensorRole.ATTENTION_NORM, "input_layernorm"),
                    entry(TensorRole.PARALLEL_ATTENTION_NORM, "ln_attn"),
                    entry(TensorRole.PARALLEL_FEED_FORWARD_NORM, "ln_mlp"),
                    entry(TensorRole.QUERY_KEY_VALUE, "self_attention.query_key_value"),
                    entry(TensorRole.ATTENTION_OUTPUT, "self_attention.dense"),
                    entry(TensorRole.FEED_FORWARD_NORM, "post_attention_layernorm"),
                    entry(TensorRole.UP, "mlp.dense_h_to_4h"),
                    entry(TensorRole.DOWN, "mlp.dense_4h_to_h")));

    public TensorNames {
        names = Map.copyOf(names);
    }

    /** The same names but one. */
    TensorNames with(TensorRole role, String name) {
        Map<TensorRole, String> changed = new EnumMap<>(names);
        changed.put(role, name);
        return new TensorNames(blocks, changed);
    }

    /** The name of a tensor, without block. */
    public String of(TensorRole role) {
        String name = names.get(role);
        if (name == null) {
            throw new IllegalArgumentException("the family has no name for " + role + ", it has " + names.keySet());
        }
        return name;
    }

    /** What stands before the names of one block's tensors: {@code layers.3.} */
    public String block(int index) {
        return blocks + index + ".";
    }
}
