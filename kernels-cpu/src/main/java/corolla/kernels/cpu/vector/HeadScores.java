package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Scores of four query heads with keys of one key/value head, (key, head) in an array, and their softmax. */
final class HeadScores {
    private static final int HEADS = Attention.HEADS;

    private HeadScores() {}

    /** Products of two keys and the four queries at {@code x[queries ...]}, {@code size} floats each, to {@code x[to ...]}. */
    static void two(MemorySegment keys, long first, long second, int size, float[] x, int queries, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int k = 0; k < size; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, keys, first + 4L * k, Lanes.LITTLE);
            FloatVector w = FloatVector.fromMemorySegment(Lanes.F, keys, second + 4L * k, Lanes.LITTLE);
            FloatVector query = FloatVector.fromArray(Lanes.F, x, queries + k);
            a = query.fma(v, a);
            e = query.fma(w, e);
            query = FloatVector.fromArray(Lanes.F, x, queries + size + k);
            b = query.fma(v, b);
            f = query.fma(w, f);
            query = FloatVector.fromArray(Lanes.F, x, queries + 2 * size + k);
            c = query.fma(v, c);
            g = query.fma(w, g);
            query = FloatVector.fromArray(Lanes.F, x, queries + 3 * size + k);
            d = query.fma(v, d);
            h = query.fma(w, h);
        }
        FourSums.store(a, b, c, d, x, to);
        FourSums.store(e, f, g, h, x, to + HEADS);
    }

    /** The same of one key. */
    static void one(MemorySegment keys, long key, int size, float[] x, int queries, int to) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        for (int k = 0; k < size; k += Lanes.COUNT) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, keys, key + 4L * k, Lanes.LITTLE);
            a = FloatVector.fromArray(Lanes.F, x, queries + k).fma(v, a);
            b = FloatVector.fromArray(Lanes.F, x, queries + size + k).fma(v, b);
            c = FloatVector.fromArray(Lanes.F, x, queries + 2 * size + k).fma(v, c);
            d = FloatVector.fromArray(Lanes.F, x, queries + 3 * size + k).fma(v, d);
        }
        FourSums.store(a, b, c, d, x, to);
    }

    /**
     * Turns scores of {@code count} keys into weights before division by their sum.
     *
     * @param stride keys padded to whole vectors
     * @param sums where a vector of the heads' sinks lies, lane l that of head l % 4; their sums, sinks included, replace them
     */
    static void softmax(float[] x, int count, int stride, int sums) {
        Arrays.fill(x, HEADS * count, HEADS * stride, Float.NEGATIVE_INFINITY);
        FloatVector sinks = FloatVector.fromArray(Lanes.F, x, sums);
        FloatVector max = sinks;
        for (int j = 0; j < HEADS * stride; j += Lanes.COUNT) {
            max = max.max(FloatVector.fromArray(Lanes.F, x, j));
        }
        max = FourSums.maxOfHeads(max);
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int j = 0; j < HEADS * stride; j += Lanes.COUNT) {
            FloatVector weight =
                    Exponential.of(FloatVector.fromArray(Lanes.F, x, j).sub(max));
            weight.intoArray(x, j);
            total = total.add(weight);
        }
        FourSums.sumOfHeads(total).add(Exponential.of(sinks.sub(max))).intoArray(x, sums);
    }
}
