package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Four rows of f32 weights times one row of activations, but for the last {@code columns % COUNT} columns. */
final class FloatRows {
    private FloatRows() {}

    static void dot(
            MemorySegment w,
            long p,
            long q,
            long r,
            long s,
            int columns,
            float[] x,
            int at,
            float[] sums,
            int to,
            int run) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int end = columns - columns % Lanes.COUNT;
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector e = FloatVector.fromArray(Lanes.F, x, at + k);
            a = Lanes.floats(w, p + 4L * k).fma(e, a);
            b = Lanes.floats(w, q + 4L * k).fma(e, b);
            c = Lanes.floats(w, r + 4L * k).fma(e, c);
            d = Lanes.floats(w, s + 4L * k).fma(e, d);
        }
        sums[to] = Lanes.sum(a);
        sums[to + run] = Lanes.sum(b);
        sums[to + 2 * run] = Lanes.sum(c);
        sums[to + 3 * run] = Lanes.sum(d);
    }
}
