package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Exact sums of products of bytes on floats, since Java has no dot product of bytes: a product is at most 127², so a lane can add
 * 1040 of them below 2^24 without rounding. Lanes are then added as integers.
 */
public final class Int8Dots {
    /** Rows of weights that are multiplied at once. */
    public static final int ROWS = 4;

    /** Bytes that fill a vector once they are floats. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, Lanes.COUNT * Byte.SIZE)));

    /** Columns after which sums leave the floats. */
    private static final int EXACT = 1024 * Lanes.COUNT;

    private Int8Dots() {}

    /** Products of the rows at {@code p} to {@code s} and {@code x[at ... at + columns)}, integers as floats; row i to {@code sums[to + i * run]}. */
    static void dot(
            MemorySegment w,
            long p,
            long q,
            long r,
            long s,
            int columns,
            float[] x,
            int at,
            int[] sums,
            int to,
            int run) {
        // A vector of bytes may be wider than what is converted: it must not read past the last row.
        int body = columns - columns % Lanes.COUNT - (B.length() - Lanes.COUNT);
        for (int i = 0; i < ROWS; i++) {
            sums[to + i * run] = 0;
        }
        int k = 0;
        while (k < body) {
            int end = Math.min(body, k + EXACT);
            k = exact(w, p, q, r, s, k, end, x, at, sums, to, run);
        }
        for (; k < columns; k++) {
            int e = (int) x[at + k];
            sums[to] += e * w.get(ValueLayout.JAVA_BYTE, p + k);
            sums[to + run] += e * w.get(ValueLayout.JAVA_BYTE, q + k);
            sums[to + 2 * run] += e * w.get(ValueLayout.JAVA_BYTE, r + k);
            sums[to + 3 * run] += e * w.get(ValueLayout.JAVA_BYTE, s + k);
        }
    }

    private static int exact(
            MemorySegment w,
            long p,
            long q,
            long r,
            long s,
            int from,
            int end,
            float[] x,
            int at,
            int[] sums,
            int to,
            int run) {
        FloatVector a = FloatVector.zero(Lanes.F);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int k = from;
        for (; k < end; k += Lanes.COUNT) {
            FloatVector e = FloatVector.fromArray(Lanes.F, x, at + k);
            a = bytes(w, p + k).fma(e, a);
            b = bytes(w, q + k).fma(e, b);
            c = bytes(w, r + k).fma(e, c);
            d = bytes(w, s + k).fma(e, d);
        }
        sums[to] += sum(a);
        sums[to + run] += sum(b);
        sums[to + 2 * run] += sum(c);
        sums[to + 3 * run] += sum(d);
        return k;
    }

    private static FloatVector bytes(MemorySegment w, long at) {
        return (FloatVector)
                ByteVector.fromMemorySegment(B, w, at, Lanes.LITTLE).castShape(Lanes.F, 0);
    }

    /** Integers have one sum, in any order. */
    private static int sum(FloatVector v) {
        return ((IntVector) v.convert(VectorOperators.F2I, 0)).reduceLanes(VectorOperators.ADD);
    }

    /** Columns {@code [from, to)} of the row at {@code row} as floats. */
    static void decode(MemorySegment w, long row, int columns, int from, int to, MemorySegment out, long offset) {
        float scale = w.get(Tensor.FLOAT, row + columns);
        int body = to - (to - from) % Lanes.COUNT - (B.length() - Lanes.COUNT);
        int k = from;
        for (; k < body; k += Lanes.COUNT) {
            bytes(w, row + k).mul(scale).intoMemorySegment(out, offset + 4L * (k - from), Lanes.LITTLE);
        }
        for (; k < to; k++) {
            out.set(Tensor.FLOAT, offset + 4L * (k - from), scale * w.get(ValueLayout.JAVA_BYTE, row + k));
        }
    }
}
