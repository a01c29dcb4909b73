package corolla.swarm.codec;

import java.util.Arrays;

/**
 * The 256 signed values of "dynamic tree" quantisation (Dettmers, "8-bit Approximations for Parallelism in Deep Learning"):
 * seven decades, each with twice as many evenly spaced values as the one below it, zero and one. The values travel with the
 * tensor, so a receiver needs no table of its own.
 */
final class DynamicCodebook {
    private static final int DECADES = 7;
    private static final float[] VALUES = build();

    private DynamicCodebook() {}

    /** Ascending. */
    static float[] values() {
        return VALUES.clone();
    }

    private static float[] build() {
        float[] values = new float[256];
        int count = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int steps = 1 << decade;
            double scale = Math.pow(10, decade - (DECADES - 1));
            for (int i = 0; i < steps; i++) {
                double middle = 0.1 + 0.9 * (i + 0.5) / steps;
                values[count++] = (float) (middle * scale);
                values[count++] = (float) (-middle * scale);
            }
        }
        values[count++] = 0;
        values[count++] = 1;
        Arrays.sort(values);
        values[0] = -1; // the reference's table has -1 in place of its lowest value
        return values;
    }

    /** The index of the value nearest to {@code x}. */
    static int nearest(float[] codebook, float x) {
        int place = Arrays.binarySearch(codebook, x);
        if (place >= 0) {
            return place;
        }
        int above = Math.min(-place - 1, codebook.length - 1);
        int below = Math.max(above - 1, 0);
        return x - codebook[below] <= codebook[above] - x ? below : above;
    }
}
