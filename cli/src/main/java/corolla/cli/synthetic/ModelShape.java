package corolla.cli.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.model.family.CheckpointException;
import corolla.model.family.Families;
import corolla.model.family.TensorNames;
import corolla.model.family.TensorRole;
import corolla.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sizes of a model whose blocks are all alike, as its {@code config.json} has them. Immutable.
 *
 * @param name as on the command line
 * @param family what its blocks are made of
 * @param blocks how many
 * @param hidden width of the hidden state
 * @param heads query heads
 * @param keyValueHeads heads of keys and values
 * @param headSize width of a head
 * @param inner width of the feed-forward part
 */
public record ModelShape(
        String name, Family family, int blocks, int hidden, int heads, int keyValueHeads, int headSize, int inner) {

    private static final int BLOCKS_MAX = 1000;

    /** Nothing looks at tokens, so no model's vocabulary is written. */
    private static final int VOCABULARY = 32;

    /** Table 3's longest sequence, and what a client may ask for beyond. */
    private static final int POSITIONS = 4096;

    /** From the models' own configurations. */
    private static final List<ModelShape> KNOWN = List.of(
            new ModelShape("smollm2-135m", Family.LLAMA, 30, 576, 9, 3, 64, 1536),
            new ModelShape("bloom-560m", Family.BLOOM, 24, 1024, 16, 16, 64, 4096),
            new ModelShape("llama-1b", Family.LLAMA, 16, 2048, 32, 8, 64, 8192),
            new ModelShape("llama-7b", Family.LLAMA, 32, 4096, 32, 32, 128, 11008),
            new ModelShape("llama-8b", Family.LLAMA, 32, 4096, 32, 8, 128, 14336),
            new ModelShape("llama-70b", Family.LLAMA, 80, 8192, 64, 8, 128, 28672),
            new ModelShape("bloom-176b", Family.BLOOM, 70, 14336, 112, 112, 128, 57344));

    /** What blocks are made of. */
    public enum Family {
        LLAMA,
        BLOOM
    }

    /** What a tensor is filled with. */
    public enum Content {
        /** Normal random numbers. */
        RANDOM,
        ONES,
        ZEROS
    }

    /** A tensor of a block, as it is called in a checkpoint. */
    public record BlockTensor(String name, List<Long> shape, Content content) {
        public BlockTensor {
            shape = List.copyOf(shape);
        }

        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    public ModelShape {
        if (blocks < 1 || hidden < 1 || heads < 1 || keyValueHeads < 1 || headSize < 1 || inner < 1) {
            throw new IllegalArgumentException("a model of " + blocks + " blocks of " + hidden + ", " + heads + " and "
                    + keyValueHeads + " heads of " + headSize + ", " + inner + " within");
        }
    }

    /** A model's shape by its name; empty for one that is not known. */
    public static Optional<ModelShape> named(String name) {
        return KNOWN.stream()
                .filter(shape -> shape.name.equalsIgnoreCase(name.strip()))
                .findFirst();
    }

    /**
     * A known shape with so many blocks.
     *
     * @param blocks null: as many as the model has
     * @throws IllegalArgumentException in the words of the options --shape and --blocks
     */
    public static ModelShape required(String name, @Nullable Integer blocks) {
        ModelShape known = named(name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "--shape " + name + " is not known; known are " + String.join(", ", names())));
        if (blocks != null && (blocks < 1 || blocks > BLOCKS_MAX)) {
            throw new IllegalArgumentException("--blocks " + blocks + " is not within 1 to " + BLOCKS_MAX);
        }
        return blocks == null ? known : known.withBlocks(blocks);
    }

    /** All that are known, small ones first. */
    public static List<String> names() {
        return KNOWN.stream().map(ModelShape::name).toList();
    }

    /** The same blocks, another number of them. */
    public ModelShape withBlocks(int count) {
        return new ModelShape(name, family, count, hidden, heads, keyValueHeads, headSize, inner);
    }

    /** The file that says all this to whoever opens the checkpoint. */
    public String configJson() {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("torch_dtype", "bfloat16").put("vocab_size", VOCABULARY);
        switch (family) {
            case LLAMA ->
                json.put("model_type", "llama")
                        .put("hidden_size", hidden)
                        .put("num_hidden_layers", blocks)
                        .put("num_attention_heads", heads)
                        .put("num_key_value_heads", keyValueHeads)
                        .put("head_dim", headSize)
                        .put("intermediate_size", inner)
                        .put("hidden_act", "silu")
                        .put("rms_norm_eps", 1e-5)
                        .put("max_position_embeddings", POSITIONS);
            case BLOOM ->
                json.put("model_type", "bloom")
                        .put("hidden_size", hidden)
                        .put("n_layer", blocks)
                        .put("n_head", heads)
                        .put("layer_norm_epsilon", 1e-5)
                        .put("seq_length", POSITIONS);
        }
        return json.toPrettyString();
    }

    /** The tensors of the first block. */
    public List<BlockTensor> firstBlock() throws CheckpointException {
        return switch (family) {
            case LLAMA -> llama(Families.of("llama").tensors());
            case BLOOM -> bloom(Families.of("bloom").tensors());
        };
    }

    private List<BlockTensor> llama(TensorNames names) {
        long width = hidden;
        long queries = (long) heads * headSize;
        long keys = (long) keyValueHeads * headSize;
        List<BlockTensor> tensors = new ArrayList<>();
        tensors.add(tensor(names, TensorRole.ATTENTION_NORM, Content.ONES, width));
        tensors.add(tensor(names, TensorRole.QUERY, Content.RANDOM, queries, width));
        tensors.add(tensor(names, TensorRole.KEY, Content.RANDOM, keys, width));
        tensors.add(tensor(names, TensorRole.VALUE, Content.RANDOM, keys, width));
        tensors.add(tensor(names, TensorRole.ATTENTION_OUTPUT, Content.RANDOM, width, queries));
        tensors.add(tensor(names, TensorRole.FEED_FORWARD_NORM, Content.ONES, width));
        tensors.add(tensor(names, TensorRole.GATE, Content.RANDOM, inner, width));
        tensors.add(tensor(names, TensorRole.UP, Content.RANDOM, inner, width));
        tensors.add(tensor(names, TensorRole.DOWN, Content.RANDOM, width, inner));
        return tensors;
    }

    private List<BlockTensor> bloom(TensorNames names) {
        long width = hidden;
        List<BlockTensor> tensors = new ArrayList<>();
        withBias(tensors, names, TensorRole.ATTENTION_NORM, Content.ONES, width);
        withBias(tensors, names, TensorRole.QUERY_KEY_VALUE, Content.RANDOM, 3 * width, width);
        withBias(tensors, names, TensorRole.ATTENTION_OUTPUT, Content.RANDOM, width, width);
        withBias(tensors, names, TensorRole.FEED_FORWARD_NORM, Content.ONES, width);
        withBias(tensors, names, TensorRole.UP, Content.RANDOM, inner, width);
        withBias(tensors, names, TensorRole.DOWN, Content.RANDOM, width, inner);
        return tensors;
    }

    private static void withBias(
            List<BlockTensor> tensors, TensorNames names, TensorRole role, Content content, long... shape) {
        tensors.add(tensor(names, role, content, shape));
        tensors.add(new BlockTensor(names.block(0) + names.of(role) + ".bias", List.of(shape[0]), Content.ZEROS));
    }

    private static BlockTensor tensor(TensorNames names, TensorRole role, Content content, long... shape) {
        return new BlockTensor(
                names.block(0) + names.of(role) + ".weight",
                Arrays.stream(shape).boxed().toList(),
                content);
    }

    /** Elements of a block's matrices: multiply-adds of a token. */
    public long blockWeights() {
        long attention = (long) hidden * headSize * (2L * heads + 2L * keyValueHeads);
        int matrices = family == Family.LLAMA ? 3 : 2;
        return attention + (long) matrices * hidden * inner;
    }

    /** Bytes of keys and values of one token in one block, which servers keep as f32. */
    public long cacheBytesPerToken() {
        return DType.F32.bytes(2L * keyValueHeads * headSize);
    }

    /** Bytes of one token's hidden state on the wire: bf16, as the weights are stored. */
    public long wireBytes() {
        return DType.BF16.bytes(hidden);
    }
}
