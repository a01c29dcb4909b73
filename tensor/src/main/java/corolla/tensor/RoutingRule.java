package corolla.tensor;

/**
 * How a router turns its logits into experts and their weights.
 *
 * <p>Among equal scores the expert with the lowest index is chosen; a score that is not a number is the lowest of all.
 *
 * @param experts how many experts there are
 * @param choices how many of them work on a row
 * @param scoring what scores are
 * @param renormalised whether the weights of a row are divided by their sum; without meaning for {@link Scoring#SOFTMAX_OF_CHOSEN}
 * @param scale what weights are multiplied by in the end
 * @param groups equal runs of experts of which only the best are chosen from; 1 for no such limit
 * @param groupsChosen how many groups are chosen from
 */
public record RoutingRule(
        int experts, int choices, Scoring scoring, boolean renormalised, float scale, int groups, int groupsChosen) {

    /** What is compared, and what becomes a weight. */
    public enum Scoring {
        /** Softmax over all experts (Switch transformers; Mixtral, Qwen 3). */
        SOFTMAX,
        /** Logits choose, a softmax over the chosen ones alone weighs (gpt-oss). */
        SOFTMAX_OF_CHOSEN,
        /** σ(logit) weighs, σ(logit) plus the expert's correction chooses (DeepSeek-V3, section 2.1.2). */
        SIGMOID
    }

    public RoutingRule {
        if (experts < 1 || choices < 1 || choices > experts) {
            throw new IllegalArgumentException("choice of " + choices + " of " + experts + " experts");
        }
        if (groups < 1 || experts % groups != 0 || groupsChosen < 1 || groupsChosen > groups) {
            throw new IllegalArgumentException(
                    "choice from " + groupsChosen + " of " + groups + " groups of " + experts + " experts");
        }
        if (choices > experts / groups * groupsChosen) {
            throw new IllegalArgumentException(
                    "choice of " + choices + " experts from " + groupsChosen + " groups of " + experts / groups);
        }
    }

    /** Without groups and scale. */
    public static RoutingRule of(int experts, int choices, Scoring scoring, boolean renormalised) {
        return new RoutingRule(experts, choices, scoring, renormalised, 1, 1, 1);
    }
}
