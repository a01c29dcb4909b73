package corolla.model.family;

/**
 * What a family calls its tensors in Hugging Face checkpoints. Names of block tensors come after {@link #block}; weights
 * and biases add {@code .weight} and {@code .bias}.
 *
 * @param embeddings the embedding table
 * @param finalNorm the norm before the head
 * @param head the head, absent from the files when it is tied
 * @param blocks what stands before a block's index
 * @param attentionNorm the norm before attention
 * @param query projection of queries
 * @param key projection of keys
 * @param value projection of values
 * @param attentionOutput projection back to the hidden state
 * @param feedForwardNorm the norm before the feed-forward part
 * @param gate projection into the activation
 * @param up projection beside it
 * @param down projection back to the hidden state
 */
public record TensorNames(
        String embeddings,
        String finalNorm,
        String head,
        String blocks,
        String attentionNorm,
        String query,
        String key,
        String value,
        String attentionOutput,
        String feedForwardNorm,
        String gate,
        String up,
        String down) {

    /** Llama's names, which most later families kept. */
    static final TensorNames LLAMA = new TensorNames(
            "embed_tokens",
            "norm",
            "lm_head",
            "layers.",
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "post_attention_layernorm",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj");

    /** What stands before the names of one block's tensors: {@code layers.3.} */
    public String block(int index) {
        return blocks + index + ".";
    }
}
