package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q8_0 in panels: scale · q. A byte is shifted to the top of its int, not down: it reads as 2^24 · q, and the activations
 * were multiplied by 2^-24 beforehand, which changes no bit of the product.
 */
final class EightBitPanels {
    private static final int PER_INT = 4;
    private static final int INTS = PanelPart.GROUP / PER_INT;
    private static final float TOP = 0x1p-24f;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final IntVector HIGHEST = IntVector.broadcast(Lanes.I, 0xff000000);

    private EightBitPanels() {}

    /** Bytes of a group: scales, numbers. */
    private static final int GROUP_BYTES = (1 + INTS) * Lanes.BYTES;

    private static final int PAIRS = INTS / 2;

    static long bytes(int groups) {
        return (long) groups * GROUP_BYTES;
    }

    static void pack(MemorySegment row, long at, int groups, MemorySegment panels, long panel, int lane) {
        for (int group = 0; group < groups; group++) {
            long source = at + 34L * group;
            long target = panel + (long) group * GROUP_BYTES + 4L * lane;
            panels.set(Tensor.FLOAT, target, Float.float16ToFloat(row.get(Tensor.SHORT, source)));
            for (int i = 0; i < INTS; i++) {
                panels.set(INT, target + (1L + i) * Lanes.BYTES, row.get(INT, source + 2 + 4L * i));
            }
        }
    }

    static void prepare(float[] x, int at, int columns) {
        for (int k = at; k < at + columns; k++) {
            x[k] *= TOP;
        }
    }

    /** Eight columns a round: two ints. */
    static void dot(MemorySegment w, long panel, int groups, float[] x, int at, float[] sums, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int pairs = groups * PAIRS;
        for (int i = 0; i < pairs; i++) {
            long group = panel + (long) (i / PAIRS) * GROUP_BYTES;
            long pair = group + Lanes.BYTES + (long) (i % PAIRS) * 2 * Lanes.BYTES;
            IntVector v = Lanes.ints(w, pair);
            int k = at + i * 2 * PER_INT;
            FloatVector a = shifted(v, 24).mul(FloatVector.broadcast(Lanes.F, x[k]));
            FloatVector b = shifted(v, 16).mul(FloatVector.broadcast(Lanes.F, x[k + 1]));
            FloatVector c = shifted(v, 8).mul(FloatVector.broadcast(Lanes.F, x[k + 2]));
            FloatVector d = Lanes.toFloats(v.and(HIGHEST)).mul(FloatVector.broadcast(Lanes.F, x[k + 3]));
            v = Lanes.ints(w, pair + Lanes.BYTES);
            a = shifted(v, 24).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), a);
            b = shifted(v, 16).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), b);
            c = shifted(v, 8).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), c);
            d = Lanes.toFloats(v.and(HIGHEST)).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), d);
            total = Lanes.floats(w, group).fma(a.add(b).add(c.add(d)), total);
        }
        total.intoArray(sums, to);
    }

    private static FloatVector shifted(IntVector v, int left) {
        return Lanes.toFloats(v.lanewise(VectorOperators.LSHL, left).and(HIGHEST));
    }

    /** Columns {@code [from, to)} of all lanes, a vector a column, {@code strideBytes} apart. */
    static void decode(
            MemorySegment w, long panel, int from, int to, MemorySegment out, long offset, long strideBytes) {
        for (int k = from; k < to; k++) {
            long group = panel + (long) (k / PanelPart.GROUP) * GROUP_BYTES;
            IntVector v = Lanes.ints(w, group + (1L + k % PanelPart.GROUP / PER_INT) * Lanes.BYTES);
            FloatVector q = Lanes.toFloats(
                    v.lanewise(VectorOperators.LSHL, 24 - 8 * (k % PER_INT)).lanewise(VectorOperators.ASHR, 24));
            q.mul(Lanes.floats(w, group)).intoMemorySegment(out, offset + (k - from) * strideBytes, Lanes.LITTLE);
        }
    }

    static void decodeLane(MemorySegment w, long panel, int columns, int lane, float[] out) {
        for (int k = 0; k < columns; k++) {
            long group = panel + (long) (k / PanelPart.GROUP) * GROUP_BYTES + 4L * lane;
            int number = w.get(INT, group + (1L + k % PanelPart.GROUP / PER_INT) * Lanes.BYTES);
            int q = (number << (24 - 8 * (k % PER_INT))) >> 24;
            out[k] = Lanes.scalar(w, group) * q;
        }
    }
}
