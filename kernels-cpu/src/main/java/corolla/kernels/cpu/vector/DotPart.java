package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;

/** A part that is multiplied with f32 activations, a row of them at a time. */
public sealed interface DotPart extends Part permits RowPart, PanelPart {

    /** How many floats {@link #prepare} writes, and {@link #dot} may use. */
    int preparedSize();

    /** Arranges one row of activations as {@link #dot} wants it: {@code columns()} floats at {@code offset}, to {@code prepared[at...]}. */
    void prepare(MemorySegment x, long offset, float[] prepared, int at);

    /** How many places of the memory {@link #dot} reads at once: a range of rows is taken from as many starts. */
    int runs();

    /**
     * Products of the rows {@code [start, start + tileRows())} of all runs, which start {@code run} rows after each other from
     * {@code row} on, and one row of activations. Those of run r go to {@code sums[to + r * sumsRun ...]}; rows past the end give
     * anything.
     */
    void dot(long row, long run, float[] prepared, int at, float[] sums, int to, int sumsRun);

    /** The same for {@code rows} rows of all runs, tile after tile; the last one's surplus sums are written too. */
    default void dots(long row, int rows, long run, float[] prepared, int at, float[] sums, int to, int sumsRun) {
        for (int i = 0; i < rows; i += tileRows()) {
            dot(row + i, run, prepared, at, sums, to + i, sumsRun);
        }
    }
}
