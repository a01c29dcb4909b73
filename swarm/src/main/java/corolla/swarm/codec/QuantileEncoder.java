package corolla.swarm.codec;

import java.util.Arrays;

/** Chooses 256 codes so that each is used about equally often. */
final class QuantileEncoder {
    private static final int CODES = 256;

    private QuantileEncoder() {}

    static byte[] encode(float[] x) {
        float[] borders = borders(x);
        byte[] codes = new byte[x.length];
        for (int i = 0; i < x.length; i++) {
            codes[i] = (byte) below(borders, x[i]);
        }
        return Encoder.withCodebook(x, codes);
    }

    /** The 255 inner ones of 257 equally spaced quantiles, linearly interpolated. */
    private static float[] borders(float[] x) {
        float[] sorted = x.clone();
        Arrays.sort(sorted);
        float[] borders = new float[CODES - 1];
        for (int i = 0; i < borders.length && sorted.length > 0; i++) {
            double place = (double) (i + 1) / CODES * (sorted.length - 1);
            int low = (int) place;
            int high = Math.min(low + 1, sorted.length - 1);
            borders[i] = (float) (sorted[low] + (place - low) * ((double) sorted[high] - sorted[low]));
        }
        return borders;
    }

    /** How many borders are strictly less than {@code value}. */
    private static int below(float[] borders, float value) {
        int from = 0;
        int to = borders.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (borders[middle] < value) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
