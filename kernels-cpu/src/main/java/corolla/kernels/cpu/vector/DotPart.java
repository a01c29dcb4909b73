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

    /**
     * Rows of activations and where their products go.
     *
     * @param prepared row i from {@code i * size} on, see {@link #prepare}
     * @param count of rows
     * @param sums products of row i from {@code i * sumsSize} on, those of run r from {@code r * sumsRun} on among them
     */
    record Activations(float[] prepared, int size, int count, float[] sums, int sumsSize, int sumsRun) {}

    /**
     * Products of the rows {@code [start + from, start + to)} of all runs, whole tiles, whose runs start as in {@link #dot}; the last tile's surplus sums are
     * written too. The first row's are number {@code from} of their run.
     */
    default void dots(long row, int from, int to, long run, Activations x) {
        for (int tile = from; tile < to; tile += tileRows()) {
            for (int i = 0; i < x.count; i++) {
                dot(row + tile, run, x.prepared, i * x.size, x.sums, i * x.sumsSize + tile, x.sumsRun);
            }
        }
    }
}
