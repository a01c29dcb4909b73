package corolla.model.family;

/**
 * A norm over the hidden state. A layer norm also adds a bias.
 *
 * @param epsilon added to the variance
 * @param offsetByOne whether the file stores the weight less one, as Gemma's do
 */
public record NormConfig(Kind kind, float epsilon, boolean offsetByOne) {

    /** What is divided by: the root of the mean square, or the standard deviation after the mean was subtracted. */
    public enum Kind {
        RMS,
        LAYER
    }

    public NormConfig {
        if (!(epsilon >= 0)) {
            throw new IllegalArgumentException("norm epsilon is " + epsilon);
        }
    }

    public static NormConfig rms(double epsilon) {
        return new NormConfig(Kind.RMS, (float) epsilon, false);
    }

    public static NormConfig layer(double epsilon) {
        return new NormConfig(Kind.LAYER, (float) epsilon, false);
    }
}
