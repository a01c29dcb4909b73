package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Whole numbers of a panel: groups of 32 columns, {@link #vectors} each. Stateless. */
interface PanelNumbers {
    /** Columns of a group. */
    int GROUP = 32;

    /** Vectors of a group. */
    int vectors();

    /** What {@link #dot} wants activations multiplied by, column k by the element {@code k % length}; powers of two. */
    float[] factors();

    /** Packs a group of codes for one lane. */
    void pack(byte[] codes, int from, MemorySegment panels, long at);

    /**
     * Products of a panel's rows and activations, a lane each, to {@code sums[to...]}.
     *
     * @param heads where {@link PanelFormat#heads} wrote offsets and scales in {@code x}
     */
    void dot(MemorySegment w, long at, int groups, float[] x, int k, int heads, float[] sums, int to);

    /** The numbers of column k, counted from the first group, which begins at {@code at}. */
    FloatVector column(MemorySegment w, long at, int k);
}
