package corolla.tensor;

/** The non-linear functions of feed-forward layers, defined in double precision: what kernels are judged against. */
public enum Activation {
    /** x · σ(x) (Elfwing et al.). */
    SILU {
        @Override
        public double value(double x) {
            return x * sigmoid(x);
        }

        @Override
        public double slope(double x) {
            double share = sigmoid(x);
            return share + x * share * (1 - share);
        }
    },

    /** x · Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, exact form). */
    GELU {
        @Override
        public double value(double x) {
            return x * normal(x);
        }

        @Override
        public double slope(double x) {
            return normal(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        }
    },

    /** x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) (Hendrycks and Gimpel, approximation); the bracket is 2 σ of twice the argument. */
    GELU_TANH {
        @Override
        public double value(double x) {
            return x * sigmoid(TANH_FACTOR * (x + TANH_CUBIC * x * x * x));
        }

        @Override
        public double slope(double x) {
            double share = sigmoid(TANH_FACTOR * (x + TANH_CUBIC * x * x * x));
            return share + x * share * (1 - share) * TANH_FACTOR * (1 + 3 * TANH_CUBIC * x * x);
        }
    };

    /** 2 · √(2/π). */
    public static final double TANH_FACTOR = 2 * Math.sqrt(2 / Math.PI);

    public static final double TANH_CUBIC = 0.044715;

    /** From here on a continued fraction of the normal distribution's tail converges faster than the series. */
    private static final double TAIL = 4;

    public abstract double value(double x);

    /** The derivative. */
    public abstract double slope(double x);

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Φ: 1/2 + φ(x) · (x + x³/3 + x⁵/15 + …), or in the tails φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))). */
    private static double normal(double x) {
        double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
        if (Math.abs(x) < TAIL) {
            double term = x;
            double sum = x;
            for (int odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
                term *= x * x / odd;
                sum += term;
            }
            return 0.5 + density * sum;
        }
        double fraction = Math.abs(x);
        for (int k = 60; k > 0; k--) {
            fraction = Math.abs(x) + k / fraction;
        }
        return x < 0 ? density / fraction : 1 - density / fraction;
    }
}
