package corolla.model.family;

/**
 * Rotary positions: pair {@code i} of a head turns by {@code position * frequency(i)}.
 *
 * @param theta the base of the frequencies
 * @param dimensions how many leading values of a head turn
 * @param scaling how the frequencies are stretched for contexts longer than those of training
 */
public record RopeConfig(double theta, int dimensions, RopeScaling scaling) implements PositionConfig {

    public RopeConfig {
        if (!(theta > 0)) {
            throw new IllegalArgumentException("rope theta is " + theta);
        }
        if (dimensions <= 0 || dimensions % 2 != 0) {
            throw new IllegalArgumentException("rope turns " + dimensions + " values, not a positive even count");
        }
    }

    /** Radians a position for each pair; {@code dimensions / 2} of them. */
    public double[] frequencies() {
        double[] frequencies = new double[dimensions / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = scaling.scale(i, Math.pow(theta, -2.0 * i / dimensions));
        }
        return frequencies;
    }
}
