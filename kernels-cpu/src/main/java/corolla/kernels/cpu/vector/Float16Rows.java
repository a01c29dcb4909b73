package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four rows of f16 weights times one row of activations, arranged by {@link HalfRows}. The bits of an f16 moved to where
 * f32 has its own read as the number times 2^-112, subnormals included; that factor is taken back in two exact steps,
 * half of it in the activations, lest products become subnormal, and half of it in the sums.
 */
final class Float16Rows {
    private static final IntVector KEPT = IntVector.broadcast(Lanes.I, 0x8fffe000);
    private static final VectorSpecies<Short> HALF =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.COUNT * Short.SIZE));
    /** What activations are multiplied by beforehand. */
    static final float HALF_SCALE = 0x1p56f;

    private Float16Rows() {}

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
        int half = HalfRows.body(columns) / 2;
        for (int k = 0; k < half; k += Lanes.COUNT) {
            FloatVector even = FloatVector.fromArray(Lanes.F, x, at + 2 * k);
            FloatVector odd = FloatVector.fromArray(Lanes.F, x, at + 2 * k + Lanes.COUNT);
            IntVector v = Lanes.ints(w, p + 4L * k);
            a = high(v).fma(odd, low(v).fma(even, a));
            v = Lanes.ints(w, q + 4L * k);
            b = high(v).fma(odd, low(v).fma(even, b));
            v = Lanes.ints(w, r + 4L * k);
            c = high(v).fma(odd, low(v).fma(even, c));
            v = Lanes.ints(w, s + 4L * k);
            d = high(v).fma(odd, low(v).fma(even, d));
        }
        sums[to] = Lanes.sum(a) * HALF_SCALE;
        sums[to + run] = Lanes.sum(b) * HALF_SCALE;
        sums[to + 2 * run] = Lanes.sum(c) * HALF_SCALE;
        sums[to + 3 * run] = Lanes.sum(d) * HALF_SCALE;
    }

    /** Columns {@code [from, ...)} of the row at {@code row} as floats, whole vectors; returns the first that is left. */
    static int decode(MemorySegment w, long row, int from, int to, MemorySegment out, long offset) {
        int k = from;
        for (; k <= to - Lanes.COUNT; k += Lanes.COUNT) {
            IntVector bits = (IntVector) ShortVector.fromMemorySegment(HALF, w, row + 2L * k, Lanes.LITTLE)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.I, 0);
            Packed.lowF16(bits).intoMemorySegment(out, offset + 4L * (k - from), Lanes.LITTLE);
        }
        return k;
    }

    private static FloatVector low(IntVector v) {
        return high(v.lanewise(VectorOperators.LSHL, 16));
    }

    private static FloatVector high(IntVector v) {
        return v.lanewise(VectorOperators.ASHR, 3).and(KEPT).reinterpretAsFloats();
    }
}
