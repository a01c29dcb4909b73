package corolla.client.generation;

import java.util.List;
import java.util.Set;

/**
 * What to generate.
 *
 * @param inputIds the prompt; at least one token. The array is not copied and must not change
 * @param newTokensMax how many tokens at most, 0 or more
 * @param sampling how tokens are chosen
 * @param endTokens tokens that end the answer (and are part of the ids, not of the text); empty to go on to newTokensMax
 * @param stopStrings texts that end the answer (and are not part of the text)
 */
@SuppressWarnings("ArrayRecordComponent") // identity equality is meant: the arrays belong to whoever made the record
public record GenerationRequest(
        int[] inputIds, int newTokensMax, SamplingOptions sampling, Set<Integer> endTokens, List<String> stopStrings) {

    public GenerationRequest {
        if (inputIds.length == 0) {
            throw new IllegalArgumentException("the prompt has no token");
        }
        if (newTokensMax < 0) {
            throw new IllegalArgumentException("max-new-tokens " + newTokensMax + " is negative");
        }
        endTokens = Set.copyOf(endTokens);
        stopStrings = List.copyOf(stopStrings);
    }

    /** Greedy, to the end of {@code newTokensMax}. */
    public static GenerationRequest greedy(int[] inputIds, int newTokensMax) {
        return new GenerationRequest(inputIds, newTokensMax, SamplingOptions.greedy(), Set.of(), List.of());
    }
}
