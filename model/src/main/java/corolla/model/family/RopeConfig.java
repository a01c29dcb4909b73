package corolla.model.family;

import corolla.tensor.RopeTable;

/**
 * Rotary positions: pair {@code i} of a head turns by {@code position * frequency(i)}.
 *
 * @param theta the base of the frequencies
 * @param dimensions how many leading values of a head turn
 * @param scaling how the frequencies are stretched for contexts longer than those of training
 * @param pairing which two values turn together
 */
public record RopeConfig(double theta, int dimensions, RopeScaling scaling, RopeTable.Pairing pairing)
        implements PositionConfig {

    /** Pairs as Hugging Face's checkpoints have them. */
    public RopeConfig(double theta, int dimensions, RopeScaling scaling) {
        this(theta, dimensions, scaling, RopeTable.Pairing.HALVES);
    }

    public RopeConfig withPairing(RopeTable.Pairing other) {
        return new RopeConfig(theta, dimensions, scaling, other);
    }

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
