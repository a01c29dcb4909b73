package corolla.kernels.cpu.vector;

import corolla.tensor.NormalFloat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Panels of NF4: a lane is a row. A panel has, in vectors of L lanes of 32 bits,
 *
 * <ul>
 *   <li>for each group of 256 blocks a mean and a scale, f32;
 *   <li>for each four blocks one of ints with their four signed bytes, the first in the lowest bits;
 *   <li>for each block of 64 columns eight of ints with eight codes each, likewise.
 * </ul>
 *
 * A code is looked up among the sixteen points by one permutation where a vector holds sixteen, by several and a choice where it
 * holds fewer. Immutable once packed; borrows its memory.
 */
final class NormalFloatPanels {
    private static final int CODES_PER_INT = 8;
    private static final int INTS = NormalFloat.BLOCK / CODES_PER_INT;
    private static final int SCALES_PER_INT = 4;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int POINTS = 16;

    private static final IntVector FIRST = points(0);
    private static final IntVector SECOND = points(Lanes.COUNT);
    private static final IntVector THIRD = points(2 * Lanes.COUNT);
    private static final IntVector FOURTH = points(3 * Lanes.COUNT);

    private final MemorySegment memory;
    private final int columns;
    private final int blocks;
    private final long scalesStart; // in a panel
    private final long codesStart;
    private final long panelBytes;

    private NormalFloatPanels(MemorySegment memory, int columns, long panelBytes) {
        this.memory = memory;
        this.columns = columns;
        this.blocks = NormalFloat.blocks(columns);
        this.scalesStart = 2L * NormalFloat.groups(columns) * Lanes.BYTES;
        this.codesStart = scalesStart + (long) scaleInts(columns) * Lanes.BYTES;
        this.panelBytes = panelBytes;
    }

    private static IntVector points(int from) {
        int[] bits = new int[Lanes.COUNT];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(NormalFloat.point((from + i) % POINTS));
        }
        return IntVector.fromArray(Lanes.I, bits, 0);
    }

    private static int scaleInts(int columns) {
        return (NormalFloat.blocks(columns) + SCALES_PER_INT - 1) / SCALES_PER_INT;
    }

    static NormalFloatPanels allocate(Arena arena, long rows, int columns) {
        long vectors =
                2L * NormalFloat.groups(columns) + scaleInts(columns) + (long) INTS * NormalFloat.blocks(columns);
        long panelBytes = vectors * Lanes.BYTES;
        long count = (rows + Lanes.COUNT - 1) / Lanes.COUNT;
        return new NormalFloatPanels(HugePages.allocate(arena, count * panelBytes), columns, panelBytes);
    }

    long bytes() {
        return memory.byteSize();
    }

    private long panel(long row) {
        return row / Lanes.COUNT * panelBytes;
    }

    private long lane(long row) {
        return panel(row) + 4 * (row % Lanes.COUNT);
    }

    /** Takes the NF4 row at byte {@code at} of {@code source}. */
    void pack(MemorySegment source, long at, long row) {
        long target = lane(row);
        long groups = at + NormalFloat.groupsStart(columns);
        for (int i = 0; i < 2 * NormalFloat.groups(columns); i++) {
            memory.set(INT, target + (long) i * Lanes.BYTES, source.get(INT, groups + 4L * i));
        }
        packBytes(source, at + NormalFloat.scalesStart(columns), blocks, target + scalesStart);
        packBytes(source, at, (columns + 1) / 2, target + codesStart); // codes past the end meet activations of zero
    }

    /** Bytes of a row to the ints of a lane. */
    private void packBytes(MemorySegment source, long at, int count, long target) {
        int whole = count / 4;
        for (int i = 0; i < whole; i++) {
            memory.set(INT, target + (long) i * Lanes.BYTES, source.get(INT, at + 4L * i));
        }
        for (int i = 4 * whole; i < count; i++) {
            byte value = source.get(ValueLayout.JAVA_BYTE, at + i);
            memory.set(ValueLayout.JAVA_BYTE, target + (long) (i / 4) * Lanes.BYTES + i % 4, value);
        }
    }

    /** The rows of a panel times a row of activations; the scales are decoded behind the activations first. */
    void dot(long row, float[] x, int at, float[] sums, int to) {
        long panel = panel(row);
        int scales = at + blocks * NormalFloat.BLOCK;
        for (int block = 0; block < blocks; block++) {
            scales(panel, block).intoArray(x, scales + block * Lanes.COUNT);
        }
        dot(memory, panel + codesStart, blocks * INTS, x, at, scales, sums, to);
    }

    private static void dot(
            MemorySegment w, long codes, int ints, float[] x, int at, int scales, float[] sums, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < ints; i++) {
            IntVector v = Lanes.ints(w, codes + (long) i * Lanes.BYTES);
            int k = at + i * CODES_PER_INT;
            FloatVector a = point(v).mul(FloatVector.broadcast(Lanes.F, x[k]));
            FloatVector b = point(v, 4).mul(FloatVector.broadcast(Lanes.F, x[k + 1]));
            FloatVector c = point(v, 8).mul(FloatVector.broadcast(Lanes.F, x[k + 2]));
            FloatVector d = point(v, 12).mul(FloatVector.broadcast(Lanes.F, x[k + 3]));
            a = point(v, 16).fma(FloatVector.broadcast(Lanes.F, x[k + 4]), a);
            b = point(v, 20).fma(FloatVector.broadcast(Lanes.F, x[k + 5]), b);
            c = point(v, 24).fma(FloatVector.broadcast(Lanes.F, x[k + 6]), c);
            d = point(v, 28).fma(FloatVector.broadcast(Lanes.F, x[k + 7]), d);
            total = FloatVector.fromArray(Lanes.F, x, scales + i / INTS * Lanes.COUNT)
                    .fma(a.add(b).add(c.add(d)), total);
        }
        total.intoArray(sums, to);
    }

    private static FloatVector point(IntVector v, int shift) {
        return point(v.lanewise(VectorOperators.LSHR, shift));
    }

    /** By the lowest four bits of each lane; {@code selectFrom} takes an index modulo the number of lanes. */
    private static FloatVector point(IntVector v) {
        IntVector bits = v.selectFrom(FIRST);
        if (Lanes.COUNT < POINTS) {
            IntVector code = v.and(POINTS - 1);
            bits = bits.blend(v.selectFrom(SECOND), code.compare(VectorOperators.GE, Lanes.COUNT));
            if (2 * Lanes.COUNT < POINTS) {
                bits = bits.blend(v.selectFrom(THIRD), code.compare(VectorOperators.GE, 2 * Lanes.COUNT));
                bits = bits.blend(v.selectFrom(FOURTH), code.compare(VectorOperators.GE, 3 * Lanes.COUNT));
            }
        }
        return bits.reinterpretAsFloats();
    }

    /** A block's scales: mean + scale · byte. */
    private FloatVector scales(long panel, int block) {
        long group = panel + 2L * (block / NormalFloat.SCALES_PER_GROUP) * Lanes.BYTES;
        IntVector four = Lanes.ints(memory, panel + scalesStart + (long) (block / SCALES_PER_INT) * Lanes.BYTES);
        IntVector code = four.lanewise(VectorOperators.LSHL, 24 - 8 * (block % SCALES_PER_INT))
                .lanewise(VectorOperators.ASHR, 24);
        return Lanes.floats(memory, group + Lanes.BYTES).fma(Lanes.toFloats(code), Lanes.floats(memory, group));
    }

    /** Columns {@code [from, to)} of all lanes, a vector a column, {@code strideBytes} apart. */
    void decode(long row, int from, int to, MemorySegment out, long offset, long strideBytes) {
        long panel = panel(row);
        int k = from;
        while (k < to) {
            int block = k / NormalFloat.BLOCK;
            FloatVector scale = scales(panel, block);
            int end = Math.min(to, (block + 1) * NormalFloat.BLOCK);
            for (; k < end; k++) {
                IntVector v = Lanes.ints(memory, panel + codesStart + (long) (k / CODES_PER_INT) * Lanes.BYTES);
                point(v, 4 * (k % CODES_PER_INT))
                        .mul(scale)
                        .intoMemorySegment(out, offset + (k - from) * strideBytes, Lanes.LITTLE);
            }
        }
    }

    void decodeRow(long row, float[] out) {
        int lane = (int) (row % Lanes.COUNT);
        for (int block = 0; block < blocks; block++) {
            float scale = scales(panel(row), block).lane(lane);
            int end = Math.min(columns, (block + 1) * NormalFloat.BLOCK);
            for (int k = block * NormalFloat.BLOCK; k < end; k++) {
                int codes = memory.get(INT, lane(row) + codesStart + (long) (k / CODES_PER_INT) * Lanes.BYTES);
                out[k] = scale * NormalFloat.point((codes >>> (4 * (k % CODES_PER_INT))) & 15);
            }
        }
    }
}
