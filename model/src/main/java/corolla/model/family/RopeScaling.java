package corolla.model.family;

import java.util.List;

/** How rotary frequencies are stretched for contexts longer than those of training. */
public sealed interface RopeScaling {

    /**
     * The frequency to use where plain rotary positions have another.
     *
     * @param pair which pair of a head's values turns
     * @param frequency what plain rotary positions use, in radians a position
     */
    double scale(int pair, double frequency);

    /** What rotated queries and keys are multiplied by. */
    default double amplitude() {
        return 1;
    }

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public double scale(int pair, double frequency) {
            return frequency;
        }
    }

    /** All frequencies divided by one factor (Chen et al., "position interpolation"). */
    record Linear(double factor) implements RopeScaling {

        public Linear {
            if (!(factor > 0)) {
                throw new IllegalArgumentException("linear rope scaling by " + factor);
            }
        }

        @Override
        public double scale(int pair, double frequency) {
            return frequency / factor;
        }
    }

    /**
     * Llama 3.1: long waves are divided by a factor, short ones stay, those between are blended.
     *
     * @param factor what long waves are divided by
     * @param lowFrequencyFactor waves longer than {@code positionsOriginal / lowFrequencyFactor} are long
     * @param highFrequencyFactor waves shorter than {@code positionsOriginal / highFrequencyFactor} are short
     * @param positionsOriginal the context length of the first training
     */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, double positionsOriginal)
            implements RopeScaling {

        public Llama3 {
            if (!(factor > 0 && lowFrequencyFactor > 0 && highFrequencyFactor > lowFrequencyFactor)) {
                throw new IllegalArgumentException("llama3 rope scaling with factor " + factor + ", low_freq_factor "
                        + lowFrequencyFactor + ", high_freq_factor " + highFrequencyFactor);
            }
        }

        @Override
        public double scale(int pair, double frequency) {
            double turns = positionsOriginal * frequency / (2 * Math.PI); // of this pair in the old context
            if (turns <= lowFrequencyFactor) {
                return frequency / factor;
            }
            if (turns >= highFrequencyFactor) {
                return frequency;
            }
            double blend = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
            return (1 - blend) * frequency / factor + blend * frequency;
        }
    }

    /**
     * YaRN (Peng et al., section 3): pairs that turn often in the old context stay, those that turn seldom are stretched, those
     * between are blended; queries and keys grow a little.
     *
     * @param factor how far seldom turning pairs are stretched
     * @param low the last pair that stays, before rounding
     * @param high the first pair that is stretched whole
     */
    record Yarn(double factor, double low, double high, double amplitude) implements RopeScaling {

        public Yarn {
            if (!(factor > 0 && amplitude > 0 && low >= 0)) {
                throw new IllegalArgumentException(
                        "yarn rope scaling by " + factor + " from pair " + low + ", amplitude " + amplitude);
            }
        }

        /**
         * With the pair that turns {@code betaFast} times in the old context, and the one that turns {@code betaSlow} times.
         *
         * @param truncated whether both are rounded to whole pairs, outwards
         */
        static Yarn of(
                double factor,
                double amplitude,
                double theta,
                int dimensions,
                double positionsOriginal,
                double betaFast,
                double betaSlow,
                boolean truncated) {
            double low = pairTurning(betaFast, theta, dimensions, positionsOriginal);
            double high = pairTurning(betaSlow, theta, dimensions, positionsOriginal);
            return new Yarn(
                    factor,
                    Math.max(0, truncated ? Math.floor(low) : low),
                    Math.min(dimensions - 1.0, truncated ? Math.ceil(high) : high),
                    amplitude);
        }

        private static double pairTurning(double turns, double theta, int dimensions, double positionsOriginal) {
            return dimensions * Math.log(positionsOriginal / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }

        @Override
        public double scale(int pair, double frequency) {
            double range = high == low ? 0.001 : high - low;
            double stretched = Math.clamp((pair - low) / range, 0, 1);
            return frequency / factor * stretched + frequency * (1 - stretched);
        }
    }

    /** A divisor for each pair, as GGUF's tensor {@code rope_freqs.weight} has them. */
    record Divisors(List<Float> divisors) implements RopeScaling {

        public Divisors {
            divisors = List.copyOf(divisors);
            if (divisors.stream().anyMatch(divisor -> !(divisor > 0))) {
                throw new IllegalArgumentException("rope divisors must be positive: " + divisors);
            }
        }

        @Override
        public double scale(int pair, double frequency) {
            return frequency / divisors.get(pair);
        }
    }
}
