package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four rows of bf16 weights times one row of activations, arranged by {@link HalfRows}. Two sums a row, for even and odd
 * columns, keep eight multiply-adds in flight.
 */
final class BFloat16Rows {
    private static final IntVector HIGH = IntVector.broadcast(Lanes.I, 0xffff0000);

    private BFloat16Rows() {}

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
        FloatVector aOdd = a;
        FloatVector bOdd = a;
        FloatVector cOdd = a;
        FloatVector dOdd = a;
        int half = HalfRows.body(columns) / 2;
        for (int k = 0; k < half; k += Lanes.COUNT) {
            FloatVector even = FloatVector.fromArray(Lanes.F, x, at + 2 * k);
            FloatVector odd = FloatVector.fromArray(Lanes.F, x, at + 2 * k + Lanes.COUNT);
            IntVector v = Lanes.ints(w, p + 4L * k);
            a = low(v).fma(even, a);
            aOdd = high(v).fma(odd, aOdd);
            v = Lanes.ints(w, q + 4L * k);
            b = low(v).fma(even, b);
            bOdd = high(v).fma(odd, bOdd);
            v = Lanes.ints(w, r + 4L * k);
            c = low(v).fma(even, c);
            cOdd = high(v).fma(odd, cOdd);
            v = Lanes.ints(w, s + 4L * k);
            d = low(v).fma(even, d);
            dOdd = high(v).fma(odd, dOdd);
        }
        sums[to] = Lanes.sum(a.add(aOdd));
        sums[to + run] = Lanes.sum(b.add(bOdd));
        sums[to + 2 * run] = Lanes.sum(c.add(cOdd));
        sums[to + 3 * run] = Lanes.sum(d.add(dOdd));
    }

    private static FloatVector low(IntVector v) {
        return v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector high(IntVector v) {
        return v.and(HIGH).reinterpretAsFloats();
    }
}
