package corolla.model.family;

import corolla.tensor.BFloat16;

/**
 * Attention with linear biases (Press et al.): a key at position t adds {@code slope · t} to its score, each head with its own
 * slope.
 *
 * @param form how a family computes the product
 */
public record AlibiConfig(Form form) implements PositionConfig {

    /** Which of the two published forms. */
    public enum Form {
        /** Added to scaled scores, in float. */
        BLOOM,
        /** Slope and product rounded to bfloat16; added before scores are scaled, so that the scale applies to it too. */
        FALCON
    }

    /**
     * What the key at {@code position} adds to the scaled scores of a head.
     *
     * @param heads all of the block's
     * @param scale what products of queries and keys are multiplied by
     */
    public float bias(int head, int heads, int position, float scale) {
        float slope = (float) slope(head, heads);
        return switch (form) {
            case BLOOM -> slope * position;
            case FALCON -> rounded(rounded(slope) * position) * scale;
        };
    }

    /**
     * The paper's geometric sequence for the largest power of two up to {@code heads}; heads beyond take every second term of
     * the sequence for twice as many.
     */
    static double slope(int head, int heads) {
        int power = Integer.highestOneBit(heads);
        return head < power ? Math.pow(base(power), head + 1) : Math.pow(base(2 * power), 2 * (head - power) + 1);
    }

    private static double base(int heads) {
        return Math.pow(2, -8.0 / heads);
    }

    private static float rounded(float value) {
        return BFloat16.toFloat(BFloat16.fromFloat(value));
    }
}
