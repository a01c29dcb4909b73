package corolla.model.family;

import corolla.tensor.DType;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a model is made of. The same record comes from {@code config.json} and from GGUF metadata. Immutable.
 *
 * @param modelType the family's name in {@code config.json}: {@code llama}
 * @param blocks the decoder blocks in order; like ones are the same object
 * @param hiddenSize width of the hidden state
 * @param vocabularySize rows of the embedding table and of the head
 * @param positionsMax the longest sequence that the model was made for
 * @param ends what stands before and after the blocks
 * @param storedType what {@code config.json} says of the weights, F32 when it says nothing
 * @param beginToken the token a text begins with, when the model has one
 * @param endTokens the tokens that end an answer; may be empty
 */
public record ModelConfig(
        String modelType,
        List<BlockConfig> blocks,
        int hiddenSize,
        int vocabularySize,
        int positionsMax,
        EndsConfig ends,
        DType storedType,
        OptionalInt beginToken,
        List<Integer> endTokens) {

    public ModelConfig {
        blocks = List.copyOf(blocks);
        ConfigChecks.blockCount(blocks.size());
        ConfigChecks.positive("hidden size", hiddenSize);
        ConfigChecks.positive("vocabulary size", vocabularySize);
        ConfigChecks.positive("positions", positionsMax);
        endTokens = List.copyOf(endTokens);
    }

    /**
     * The blocks of a model whose blocks are all alike.
     *
     * @throws IllegalArgumentException when there are none, or more than any model has
     */
    public static List<BlockConfig> alike(int count, BlockConfig block) {
        ConfigChecks.blockCount(count);
        return Collections.nCopies(count, block);
    }

    public int blockCount() {
        return blocks.size();
    }

    public BlockConfig block(int index) {
        return blocks.get(index);
    }

    /** The attention part of the first block; others may differ in window and positions. */
    public AttentionConfig attention() {
        return blocks.getFirst().attention();
    }

    /** Whether the head shares the embedding table. */
    public boolean headTied() {
        return ends.headTied();
    }
}
