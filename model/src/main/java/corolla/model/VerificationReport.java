package corolla.model;

import java.util.List;

/**
 * How far a model is from its reference.
 *
 * @param checks in the order in which they were made
 * @param greedyEqual whether the greedy continuation had the reference's tokens
 * @param greedyCompared how many tokens were compared
 */
public record VerificationReport(List<Check> checks, boolean greedyEqual, int greedyCompared) {

    public VerificationReport {
        checks = List.copyOf(checks);
    }

    /** Whether every check is within its tolerance and the greedy tokens are equal. */
    public boolean passed() {
        return greedyEqual && checks.stream().allMatch(Check::passed);
    }

    /**
     * One compared tensor.
     *
     * @param name {@code embedded}, {@code block.3}, {@code logits}, {@code loss}, {@code grad_embedded}
     * @param errorMax largest absolute difference, for gradients divided by the largest wanted value; NaN when a value is not a number
     * @param tolerance the largest difference that passes
     */
    public record Check(String name, double errorMax, double tolerance) {

        public boolean passed() {
            return errorMax <= tolerance;
        }
    }
}
