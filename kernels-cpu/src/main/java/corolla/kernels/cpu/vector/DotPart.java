package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;

/** A part that is multiplied with f32 activations, a row of them at a time. */
public sealed interface DotPart extends Part permits RowPart, PanelPart, NormalFloatPart {

    /** How many floats {@link #prepare} writes, and {@link #dot} may use. */
    int preparedSize();

    /** Arranges one row of activations as {@link #dot} wants it: {@code columns()} floats at {@code offset}, to {@code prepared[at...]}. */
    void prepare(MemorySegment x, long offset, float[] prepared, int at);

    /**
     * Products of the rows {@code [row, row + tileRows())} and one row of activations, to {@code sums[to...]}; rows past the
     * end give anything.
     */
    void dot(long row, float[] prepared, int at, float[] sums, int to);
}
