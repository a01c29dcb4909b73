package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Numbers for tests: seeded vectors and derivatives by central differences in double precision. */
public final class Numeric {
    private static final double STEP = 1e-5; // error: the step's square plus 1e-16 / step

    private Numeric() {}

    /** Normally distributed values. */
    public static float[] random(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    public static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    public static double dot(float[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** The gradient of {@code f} at {@code x}, one element after the other. */
    public static double[] gradient(ToDoubleFunction<double[]> f, float[] x) {
        double[] point = doubles(x);
        double[] gradient = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            point[i] = x[i] + STEP;
            double above = f.applyAsDouble(point);
            point[i] = x[i] - STEP;
            gradient[i] = (above - f.applyAsDouble(point)) / (2 * STEP);
            point[i] = x[i];
        }
        return gradient;
    }

    /** Fails where a value is farther from the wanted one than {@code tolerance}. */
    public static void assertClose(float[] actual, double[] wanted, double tolerance) {
        assertThat(actual).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) actual[i]).as("element %d", i).isCloseTo(wanted[i], within(tolerance));
        }
    }
}
