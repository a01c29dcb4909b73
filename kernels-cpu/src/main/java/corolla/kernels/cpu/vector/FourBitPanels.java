package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_0 and Q4_1 in panels: scale · q + minimum with q from 0 to 15. A number is masked in place, not shifted down: it reads
 * as 16^j · q, and the activation of its column was multiplied by 16^-j beforehand, which changes no bit of the product.
 */
final class FourBitPanels {
    private static final int PER_INT = 8;
    private static final int INTS = PanelPart.GROUP / PER_INT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final IntVector M0 = IntVector.broadcast(Lanes.I, 0xf);
    private static final IntVector M1 = IntVector.broadcast(Lanes.I, 0xf0);
    private static final IntVector M2 = IntVector.broadcast(Lanes.I, 0xf00);
    private static final IntVector M3 = IntVector.broadcast(Lanes.I, 0xf000);
    private static final IntVector M4 = IntVector.broadcast(Lanes.I, 0xf0000);
    private static final IntVector M5 = IntVector.broadcast(Lanes.I, 0xf00000);
    private static final IntVector M6 = IntVector.broadcast(Lanes.I, 0xf000000);

    private FourBitPanels() {}

    /** Bytes of a group: scales, minimums, numbers. */
    private static final int GROUP_BYTES = (2 + INTS) * Lanes.BYTES;

    private static final int NUMBERS = 2 * Lanes.BYTES;

    static long bytes(int groups) {
        return (long) groups * GROUP_BYTES;
    }

    /** Row of Q4_0 groups: d·(q − 8) is d·q + (−8·d). */
    static void packZero(MemorySegment row, long at, int groups, MemorySegment panels, long panel, int lane) {
        for (int group = 0; group < groups; group++) {
            long source = at + 18L * group;
            float scale = Float.float16ToFloat(row.get(Tensor.SHORT, source));
            pack(row, source + 2, scale, -8 * scale, panels, panel + (long) group * GROUP_BYTES + 4L * lane);
        }
    }

    /** Row of Q4_1 groups. */
    static void packOne(MemorySegment row, long at, int groups, MemorySegment panels, long panel, int lane) {
        for (int group = 0; group < groups; group++) {
            long source = at + 20L * group;
            float scale = Float.float16ToFloat(row.get(Tensor.SHORT, source));
            float minimum = Float.float16ToFloat(row.get(Tensor.SHORT, source + 2));
            pack(row, source + 4, scale, minimum, panels, panel + (long) group * GROUP_BYTES + 4L * lane);
        }
    }

    private static void pack(
            MemorySegment row, long source, float scale, float minimum, MemorySegment panels, long target) {
        panels.set(Tensor.FLOAT, target, scale);
        panels.set(Tensor.FLOAT, target + Lanes.BYTES, minimum);
        for (int half = 0;
                half < 2;
                half++) { // eight bytes hold columns 0..7 in their low halves and 16..23 in their high ones
            int low = 0;
            int high = 0;
            for (int i = 0; i < PER_INT; i++) {
                int both = row.get(ValueLayout.JAVA_BYTE, source + (long) PER_INT * half + i);
                low |= (both & 15) << (4 * i);
                high |= ((both >>> 4) & 15) << (4 * i);
            }
            panels.set(INT, target + NUMBERS + (long) half * Lanes.BYTES, low);
            panels.set(INT, target + NUMBERS + (2L + half) * Lanes.BYTES, high);
        }
    }

    /** Multiplies column k by 16^-(k mod 8), but the last of eight, which is shifted; appends the sums of groups. */
    static void prepare(float[] x, int at, int columns) {
        for (int group = 0; group < columns / PanelPart.GROUP; group++) {
            int from = at + group * PanelPart.GROUP;
            float even = 0;
            float odd = 0;
            for (int k = 0; k < PanelPart.GROUP; k += 2) {
                even += x[from + k];
                odd += x[from + k + 1];
            }
            x[at + columns + group] = even + odd;
            for (int k = 0; k < PanelPart.GROUP; k += PER_INT) {
                x[from + k + 1] *= 0x1p-4f;
                x[from + k + 2] *= 0x1p-8f;
                x[from + k + 3] *= 0x1p-12f;
                x[from + k + 4] *= 0x1p-16f;
                x[from + k + 5] *= 0x1p-20f;
                x[from + k + 6] *= 0x1p-24f;
            }
        }
    }

    static void dot(MemorySegment w, long panel, int groups, float[] x, int at, float[] sums, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        int ints = groups * INTS;
        for (int i = 0; i < ints; i++) {
            long group = panel + (long) (i / INTS) * GROUP_BYTES;
            IntVector v = Lanes.ints(w, group + NUMBERS + (long) (i % INTS) * Lanes.BYTES);
            int k = at + i * PER_INT;
            FloatVector a = Lanes.toFloats(v.and(M0)).mul(FloatVector.broadcast(Lanes.F, x[k]));
            FloatVector b = Lanes.toFloats(v.and(M1)).mul(FloatVector.broadcast(Lanes.F, x[k + 1]));
            FloatVector c = Lanes.toFloats(v.and(M2)).mul(FloatVector.broadcast(Lanes.F, x[k + 2]));
            FloatVector d = Lanes.toFloats(v.and(M3)).mul(FloatVector.broadcast(Lanes.F, x[k + 3]));
            a = Lanes.toFloats(v.and(M4)).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), a);
            b = Lanes.toFloats(v.and(M5)).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), b);
            c = Lanes.toFloats(v.and(M6)).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), c);
            d = Lanes.toFloats(v.lanewise(VectorOperators.LSHR, 28)).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), d);
            total = Lanes.floats(w, group).fma(a.add(b).add(c.add(d)), total);
        }
        addMinimums(w, panel, groups, x, at + groups * PanelPart.GROUP, total).intoArray(sums, to);
    }

    /** Afterwards, while the panel is in the cache. */
    private static FloatVector addMinimums(
            MemorySegment w, long panel, int groups, float[] x, int groupSums, FloatVector products) {
        FloatVector total = products;
        for (int group = 0; group < groups; group++) {
            FloatVector sum = FloatVector.broadcast(Lanes.F, x[groupSums + group]);
            total = Lanes.floats(w, panel + (long) group * GROUP_BYTES + Lanes.BYTES)
                    .fma(sum, total);
        }
        return total;
    }

    /** Columns {@code [from, to)} of all lanes, a vector a column, {@code strideBytes} apart. */
    static void decode(
            MemorySegment w, long panel, int from, int to, MemorySegment out, long offset, long strideBytes) {
        for (int k = from; k < to; k++) {
            long group = panel + (long) (k / PanelPart.GROUP) * GROUP_BYTES;
            IntVector v = Lanes.ints(w, group + NUMBERS + (long) (k % PanelPart.GROUP / PER_INT) * Lanes.BYTES);
            FloatVector q = Lanes.toFloats(
                    v.lanewise(VectorOperators.LSHR, 4 * (k % PER_INT)).and(M0));
            q.mul(Lanes.floats(w, group))
                    .add(Lanes.floats(w, group + Lanes.BYTES))
                    .intoMemorySegment(out, offset + (k - from) * strideBytes, Lanes.LITTLE);
        }
    }

    static void decodeLane(MemorySegment w, long panel, int columns, int lane, float[] out) {
        for (int k = 0; k < columns; k++) {
            long group = panel + (long) (k / PanelPart.GROUP) * GROUP_BYTES + 4L * lane;
            int number = w.get(INT, group + NUMBERS + (long) (k % PanelPart.GROUP / PER_INT) * Lanes.BYTES);
            int q = (number >>> (4 * (k % PER_INT))) & 15;
            out[k] = q * Lanes.scalar(w, group) + Lanes.scalar(w, group + Lanes.BYTES);
        }
    }
}
