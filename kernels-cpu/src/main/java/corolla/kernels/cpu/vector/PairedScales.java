package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Formats with one scale of 16 bits for a group of 32 columns and a fixed offset of the numbers: scale · (q + offset). A unit
 * is two groups, whose scales share a vector.
 */
abstract class PairedScales implements PanelFormat {
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

    private FloatVector low(IntVector scales) {
        return bfloat ? Packed.lowBFloat16(scales) : Packed.lowF16(scales);
    }

    private FloatVector high(IntVector scales) {
        return bfloat ? Packed.highBFloat16(scales) : Packed.highF16(scales);
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
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < units; i++) {
            IntVector scales = Lanes.ints(w, heads + (long) i * Lanes.BYTES);
            FloatVector low = low(scales);
            FloatVector high = high(scales);
            total = low.fma(FloatVector.broadcast(Lanes.F, offset * x[sums + 2 * i]), total);
            total = high.fma(FloatVector.broadcast(Lanes.F, offset * x[sums + 2 * i + 1]), total);
            low.intoArray(out, to + (2 * i + 1) * Lanes.COUNT);
            high.intoArray(out, to + (2 * i + 2) * Lanes.COUNT);
        }
        total.intoArray(out, to);
    }

    @Override
    public void decode(
            MemorySegment w, long heads, long numbers, int from, int to, MemorySegment out, long at, long stride) {
        for (int k = from; k < to; ) {
            int group = k / GROUP;
            IntVector scales = Lanes.ints(w, heads + (long) (group / 2) * Lanes.BYTES);
            FloatVector scale = group % 2 == 0 ? low(scales) : high(scales);
            for (int end = Math.min(to, GROUP * (group + 1)); k < end; k++) {
                FloatVector q = numbers().column(w, numbers, k).add(offset);
                q.mul(scale).intoMemorySegment(out, at + (k - from) * stride, Lanes.LITTLE);
            }
        }
    }
}
