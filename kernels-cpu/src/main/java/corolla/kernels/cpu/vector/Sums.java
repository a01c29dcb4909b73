package corolla.kernels.cpu.vector;

/** Sums of groups of activations, by which offsets of quantised numbers are multiplied. */
final class Sums {
    private Sums() {}

    /** Appends the sum of each {@code group} columns, times {@code factor}, behind the columns. */
    static void append(float[] x, int at, int columns, int group, float factor) {
        for (int i = 0; i < columns / group; i++) {
            float even = 0;
            float odd = 0;
            for (int k = at + i * group; k < at + (i + 1) * group; k += 2) {
                even += x[k];
                odd += x[k + 1];
            }
            x[at + columns + i] = factor * (even + odd);
        }
    }

    /** Multiplies column k by {@code factors[k % factors.length]}. */
    static void scale(float[] x, int at, int columns, float[] factors) {
        for (int k = 0; k < columns; k += factors.length) {
            for (int i = 0; i < factors.length; i++) {
                x[at + k + i] *= factors[i];
            }
        }
    }
}
