package corolla.model.family;

import corolla.tensor.DType;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a model is made of. The same record comes from {@code config.json} and from GGUF metadata. Immutable.
 *
 * @param modelType the family's name in {@code config.json}: {@code llama}
 * @param blockCount decoder blocks
 * @param hiddenSize width of the hidden state
 * @param vocabularySize rows of the embedding table and of the head
 * @param positionsMax the longest sequence that the model was made for
 * @param normEpsilon added to the variance in every norm
 * @param attention the attention part of a block
 * @param feedForward the feed-forward part of a block
 * @param headTied whether the head shares the embedding table
 * @param storedType what {@code config.json} says of the weights, F32 when it says nothing
 * @param beginToken the token a text begins with, when the model has one
 * @param endTokens the tokens that end an answer; may be empty
 */
public record ModelConfig(
        String modelType,
        int blockCount,
        int hiddenSize,
        int vocabularySize,
        int positionsMax,
        float normEpsilon,
        AttentionConfig attention,
        FeedForwardConfig feedForward,
        boolean headTied,
        DType storedType,
        OptionalInt beginToken,
        List<Integer> endTokens) {

    public ModelConfig {
        ConfigChecks.positive("block count", blockCount);
        ConfigChecks.positive("hidden size", hiddenSize);
        ConfigChecks.positive("vocabulary size", vocabularySize);
        ConfigChecks.positive("positions", positionsMax);
        endTokens = List.copyOf(endTokens);
    }
}
