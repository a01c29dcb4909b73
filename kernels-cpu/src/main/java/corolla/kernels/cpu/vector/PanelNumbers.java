package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;

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

    /**
     * Writes columns {@code [from, to)}, multiples of 16, as {@code (number + shift) · scale − minimum}: a vector a column,
     * {@code stride} bytes apart.
     *
     * @param at where the numbers of column 0 begin
     * @param scales a scale's vector and a minimum's for each run of columns, from that of {@code from} on
     */
    void decode(
            MemorySegment w,
            long at,
            int from,
            int to,
            float shift,
            float[] scales,
            MemorySegment out,
            long offset,
            long stride);
}
