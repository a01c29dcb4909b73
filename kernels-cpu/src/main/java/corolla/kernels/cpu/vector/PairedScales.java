package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Formats with one scale of 16 bits for a group of 32 columns and a fixed offset of the numbers: scale · (q + offset). A unit
 * is two groups, whose scales share a vector.
 */
abstract class PairedScales implements GroupedPanels {
    static final int GROUP = PanelNumbers.GROUP;

    private final float offset;
    private final boolean bfloat;

    /**
     * Formats differ in two values, not in methods: vectors that a virtual call returns would be objects.
     *
     * @param offset what is added to every number
     * @param bfloat whether scales are bf16, not f16
     */
    PairedScales(float offset, boolean bfloat) {
        this.offset = offset;
        this.bfloat = bfloat;
    }

    @Override
    public int unitColumns() {
        return 2 * GROUP;
    }

    @Override
    public int headVectors() {
        return 1;
    }

    @Override
    public int sumColumns() {
        return GROUP;
    }

    /** Where the scale of a group lies. */
    static long scale(long heads, int group) {
        return heads + (long) (group / 2) * Lanes.BYTES + 2L * (group % 2);
    }

    @Override
    public float shift() {
        return offset;
    }

    @Override
    public float sumFactor() {
        return offset;
    }

    /** Two loops, not a choice in one: vectors that come from two places may end as objects, see {@link PanelFormat}. */
    @Override
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        if (bfloat) {
            headsOfBFloat16(w, heads, units, out, to);
        } else {
            headsOfFloat16(w, heads, units, x, sums, out, to);
        }
    }

    private static void headsOfFloat16(
            MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < units; i++) {
            IntVector scales = Lanes.ints(w, heads + (long) i * Lanes.BYTES);
            FloatVector low = Packed.lowF16(scales);
            FloatVector high = Packed.highF16(scales);
            total = low.fma(FloatVector.broadcast(Lanes.F, x[sums + 2 * i]), total);
            total = high.fma(FloatVector.broadcast(Lanes.F, x[sums + 2 * i + 1]), total);
            low.intoArray(out, to + (2 * i + 1) * Lanes.COUNT);
            high.intoArray(out, to + (2 * i + 2) * Lanes.COUNT);
        }
        total.intoArray(out, to);
    }

    private static void headsOfBFloat16(MemorySegment w, long heads, int units, float[] out, int to) {
        FloatVector.zero(Lanes.F).intoArray(out, to);
        for (int i = 0; i < units; i++) {
            IntVector scales = Lanes.ints(w, heads + (long) i * Lanes.BYTES);
            Packed.lowBFloat16(scales).intoArray(out, to + (2 * i + 1) * Lanes.COUNT);
            Packed.highBFloat16(scales).intoArray(out, to + (2 * i + 2) * Lanes.COUNT);
        }
    }

    @Override
    public void scales(MemorySegment w, long heads, int from, int to, float[] out) {
        if (bfloat) {
            for (int group = from; group < to; group++) {
                IntVector scale = scale(w, heads, group);
                store(Packed.lowBFloat16(scale), out, 2 * (group - from) * Lanes.COUNT);
            }
        } else {
            for (int group = from; group < to; group++) {
                IntVector scale = scale(w, heads, group);
                store(Packed.lowF16(scale), out, 2 * (group - from) * Lanes.COUNT);
            }
        }
    }

    /** A group's scales in the low halves. */
    private static IntVector scale(MemorySegment w, long heads, int group) {
        return Lanes.ints(w, heads + (long) (group / 2) * Lanes.BYTES).lanewise(VectorOperators.LSHR, 16 * (group % 2));
    }

    private static void store(FloatVector scale, float[] out, int at) {
        scale.intoArray(out, at);
        FloatVector.zero(Lanes.F).intoArray(out, at + Lanes.COUNT);
    }
}
