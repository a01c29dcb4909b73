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
