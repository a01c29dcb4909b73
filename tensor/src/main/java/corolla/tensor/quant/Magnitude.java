package corolla.tensor.quant;

/** The largest magnitude of some weights, which decides a scale. */
final class Magnitude {
    private Magnitude() {}

    /** @throws IllegalArgumentException when a number is not finite: no scale would hold it */
    static float largest(float[] in, int from, int to) {
        float largest = 0;
        for (int k = from; k < to; k++) {
            if (!Float.isFinite(in[k])) {
                throw new IllegalArgumentException("weight " + in[k] + " in column " + k + " cannot be quantised");
            }
            largest = Math.max(largest, Math.abs(in[k]));
        }
        return largest;
    }
}
