package corolla.model.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How GGUF writes a family: names of tensors, and what its converter changed in them.
 *
 * @param name {@code general.architecture}, and the prefix of metadata keys
 * @param modelType the family; Mixtral is a Llama with experts to GGUF
 * @param names GGUF's names by ours, for tensors outside blocks
 * @param blockNames GGUF's names by ours, both after the block's index
 * @param rotatedInPairs whether rows of queries and keys were re-ordered so that neighbours rotate together
 */
record GgufArchitecture(
        String name,
        String modelType,
        Map<String, String> names,
        Map<String, String> blockNames,
        boolean rotatedInPairs) {

    private static final Map<String, String> LLAMA_NAMES =
            Map.of("embed_tokens", "token_embd", "norm", "output_norm", "lm_head", "output");

    private static final Map<String, String> LLAMA_BLOCK_NAMES = Map.of(
            "input_layernorm", "attn_norm",
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.o_proj", "attn_output",
            "post_attention_layernorm", "ffn_norm",
            "mlp.gate_proj", "ffn_gate",
            "mlp.up_proj", "ffn_up",
            "mlp.down_proj", "ffn_down");

    /** Experts of a block are one tensor for each projection, (experts, outputs, inputs). */
    private static final Map<String, String> MIXTRAL_BLOCK_NAMES = with(
            LLAMA_BLOCK_NAMES,
            Map.of(
                    "block_sparse_moe.gate", "ffn_gate_inp",
                    "block_sparse_moe.experts.w1", "ffn_gate_exps",
                    "block_sparse_moe.experts.w3", "ffn_up_exps",
                    "block_sparse_moe.experts.w2", "ffn_down_exps"));

    static final List<GgufArchitecture> ALL = List.of(
            new GgufArchitecture("llama", "llama", LLAMA_NAMES, LLAMA_BLOCK_NAMES, true),
            new GgufArchitecture("llama", "mixtral", LLAMA_NAMES, MIXTRAL_BLOCK_NAMES, true));

    private static Map<String, String> with(Map<String, String> names, Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(names);
        all.putAll(more);
        return Map.copyOf(all);
    }

    /** The architecture that a family is written as. */
    static GgufArchitecture ofFamily(String modelType) {
        return ALL.stream()
                .filter(known -> known.modelType.equals(modelType))
                .findFirst()
                .orElseThrow();
    }

    /** Our names of all tensors that a model of {@code blocks} blocks may have, and GGUF's. */
    Map<String, String> tensorNames(int blocks) {
        Map<String, String> all = new LinkedHashMap<>();
        names.forEach((ours, theirs) -> putBoth(all, ours, theirs));
        for (int block = 0; block < blocks; block++) {
            String before = "layers." + block + ".";
            String beforeTheirs = "blk." + block + ".";
            blockNames.forEach((ours, theirs) -> putBoth(all, before + ours, beforeTheirs + theirs));
        }
        return all;
    }

    private static void putBoth(Map<String, String> all, String ours, String theirs) {
        all.put(ours + ".weight", theirs + ".weight");
        all.put(ours + ".bias", theirs + ".bias");
    }
}
