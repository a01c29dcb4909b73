package corolla.tensor;

import java.util.Arrays;

/** The arithmetic of a router for one row after the other. Confined: owns scratch. */
final class RouterRow {
    /** What DeepSeek adds to the sum of weights before it divides by it. */
    private static final float SUM_MIN = 1e-20f;

    /** Below, e^x rounds to 0. */
    private static final float EXPONENT_MIN = -104;

    /** Above, e^x is no float. */
    private static final float EXPONENT_MAX = 89;

    private static final double LOG2_E = 1.4426950408889634;

    /** ln 2 in two parts; the first has few enough bits that its multiples are exact. */
    private static final double LN_2_HIGH = 0x1.62e42feep-1;

    private static final double LN_2_LOW = 0x1.a39ef35793c76p-33;

    /** Terms of the series of e^x: those after it are below half a bit of a double for x up to ln 2 / 2. */
    private static final int TERMS = 13;

    private final RoutingRule rule;
    private final float[] correction; // (experts)
    private final float[] scores; // (experts)
    private final float[] ranks; // (experts): what chooses; minus infinity for what is out of the question
    private final float[] groupRanks; // (groups)

    RouterRow(RoutingRule rule, float[] correction) {
        if (correction.length != rule.experts()) {
            throw new IllegalArgumentException(
                    "correction of " + correction.length + " for " + rule.experts() + " experts");
        }
        this.rule = rule;
        this.correction = correction;
        this.scores = new float[rule.experts()];
        this.ranks = new float[rule.experts()];
        this.groupRanks = new float[rule.groups()];
    }

    void choose(Tensor logits, int row, int[] experts, float[] weights, int at) {
        score(logits, row);
        for (int i = 0; i < ranks.length; i++) {
            float rank = scores[i] + correction[i];
            ranks[i] = Float.isNaN(rank) ? Float.NEGATIVE_INFINITY : rank;
        }
        if (rule.groups() > 1) {
            keepBestGroups();
        }
        takeBest(ranks, rule.choices(), experts, at);
        weigh(experts, weights, at);
    }

    private void score(Tensor logits, int row) {
        long start = (long) row * rule.experts();
        for (int i = 0; i < scores.length; i++) {
            scores[i] = logits.getFloat(start + i);
        }
        switch (rule.scoring()) {
            case SOFTMAX -> softmax(scores);
            case SOFTMAX_OF_CHOSEN -> {}
            case SIGMOID -> {
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = 1 / (1 + exp(-scores[i]));
                }
            }
        }
    }

    private static void softmax(float[] x) {
        float max = Float.NEGATIVE_INFINITY;
        for (float value : x) {
            max = Math.max(max, value);
        }
        float sum = 0;
        for (int i = 0; i < x.length; i++) {
            x[i] = exp(x[i] - max);
            sum += x[i];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] /= sum;
        }
    }

    /**
     * e^x in sums and products of doubles that every device rounds alike ({@code routing.cu} has the same ones): so all of them choose the same
     * experts with the same weights, which the exponential functions of libraries do not promise. x is k ln 2 plus a rest of at most ln 2 / 2, for
     * which there is the series.
     */
    static float exp(float x) {
        if (Float.isNaN(x)) {
            return x;
        }
        if (x < EXPONENT_MIN) {
            return 0;
        }
        if (x > EXPONENT_MAX) {
            return Float.POSITIVE_INFINITY;
        }
        double k = Math.rint(x * LOG2_E);
        double rest = x - k * LN_2_HIGH - k * LN_2_LOW;
        double sum = 1;
        for (int n = TERMS; n > 0; n--) {
            sum = 1 + sum * (rest * (1.0 / n));
        }
        return (float) Math.scalb(sum, (int) k);
    }

    /** A group is as good as its best two experts together (DeepSeek-V3). */
    private void keepBestGroups() {
        int size = rule.experts() / rule.groups();
        for (int group = 0; group < groupRanks.length; group++) {
            float first = Float.NEGATIVE_INFINITY;
            float second = Float.NEGATIVE_INFINITY;
            for (int i = group * size; i < (group + 1) * size; i++) {
                second = Math.max(second, Math.min(first, ranks[i]));
                first = Math.max(first, ranks[i]);
            }
            groupRanks[group] = size == 1 ? first : first + second;
        }
        int[] kept = new int[rule.groupsChosen()];
        takeBest(groupRanks, kept.length, kept, 0);
        for (int group = 0; group < groupRanks.length; group++) {
            int wanted = group;
            if (Arrays.stream(kept).noneMatch(chosen -> chosen == wanted)) {
                Arrays.fill(ranks, group * size, (group + 1) * size, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** Indices of the largest, largest first, the lower index of equals. */
    private static void takeBest(float[] ranks, int count, int[] chosen, int at) {
        for (int k = 0; k < count; k++) {
            int best = -1;
            for (int i = 0; i < ranks.length; i++) {
                if ((best < 0 || ranks[i] > ranks[best]) && !contains(chosen, at, at + k, i)) {
                    best = i;
                }
            }
            chosen[at + k] = best;
        }
    }

    private static boolean contains(int[] values, int from, int to, int wanted) {
        for (int i = from; i < to; i++) {
            if (values[i] == wanted) {
                return true;
            }
        }
        return false;
    }

    private void weigh(int[] experts, float[] weights, int at) {
        int count = rule.choices();
        for (int k = 0; k < count; k++) {
            weights[at + k] = scores[experts[at + k]];
        }
        switch (rule.scoring()) {
            case SOFTMAX_OF_CHOSEN -> {
                float[] chosen = Arrays.copyOfRange(weights, at, at + count);
                softmax(chosen);
                System.arraycopy(chosen, 0, weights, at, count);
            }
            case SOFTMAX, SIGMOID -> {
                if (rule.renormalised()) {
                    divideBySum(weights, at, at + count);
                }
            }
        }
        for (int k = at; k < at + count; k++) {
            weights[k] *= rule.scale();
        }
    }

    private static void divideBySum(float[] weights, int from, int to) {
        float sum = SUM_MIN;
        for (int k = from; k < to; k++) {
            sum += weights[k];
        }
        for (int k = from; k < to; k++) {
            weights[k] /= sum;
        }
    }

    /**
     * With chosen scores s and gradients d of the weights: first back through the division by the sum, w = s / Σs, so
     * ds = (d − Σ d·w) / Σs; then through the score, softmax: dl = s ∘ (ds − Σ ds·s) over all experts, or sigmoid:
     * dl = ds ∘ s ∘ (1 − s). A softmax of the chosen is a renormalised softmax of all.
     */
    void backward(Tensor logits, int row, int[] experts, float[] dWeights, int at) {
        score(logits, row);
        if (rule.scoring() == RoutingRule.Scoring.SOFTMAX_OF_CHOSEN) {
            softmax(scores);
        }
        float[] gradients = ranks; // of scores, then of logits
        Arrays.fill(gradients, 0);
        boolean divided = rule.renormalised() || rule.scoring() == RoutingRule.Scoring.SOFTMAX_OF_CHOSEN;
        double sum = SUM_MIN;
        double mean = 0;
        for (int k = at; k < at + rule.choices(); k++) {
            sum += scores[experts[k]];
            mean += (double) rule.scale() * dWeights[k] * scores[experts[k]];
        }
        for (int k = at; k < at + rule.choices(); k++) {
            double gradient = (double) rule.scale() * dWeights[k];
            gradients[experts[k]] = (float) (divided ? (gradient - mean / sum) / sum : gradient);
        }
        scoreBackward(gradients);
        long start = (long) row * rule.experts();
        for (int i = 0; i < gradients.length; i++) {
            logits.setFloat(start + i, gradients[i]);
        }
    }

    private void scoreBackward(float[] gradients) {
        double mean = 0;
        for (int i = 0; i < gradients.length; i++) {
            mean += (double) gradients[i] * scores[i];
        }
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] *= switch (rule.scoring()) {
                case SIGMOID -> scores[i] * (1 - scores[i]);
                case SOFTMAX, SOFTMAX_OF_CHOSEN -> scores[i];
            };
            if (rule.scoring() != RoutingRule.Scoring.SIGMOID) {
                gradients[i] -= (float) (mean * scores[i]);
            }
        }
    }
}
