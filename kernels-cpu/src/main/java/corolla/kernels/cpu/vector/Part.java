package corolla.kernels.cpu.vector;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Some consecutive rows of a matrix, in a form that vector kernels read. Immutable and thread-safe. */
public sealed interface Part permits DotPart, Int8Part {

    long rows();

    int columns();

    /** What the weights came as. */
    DType dtype();

    /** Memory that one pass reads. */
    long bytes();

    /** Whether machine code multiplies it here ({@link corolla.kernels.cpu.machine}), not the Vector API. */
    boolean isMachineCode();

    /** Rows that are computed together: shares of members and ranges below are whole multiples, but for the last one. */
    int tileRows();

    /**
     * Weights {@code [row, row + tileRows())} by columns {@code [from, to)} as floats, in the order of {@link #decodesByRow}.
     *
     * @param from a multiple of 16, as {@code to} is, but for the last column
     * @param scratch of at least {@link #decodeSize} floats
     */
    void decode(long row, int from, int to, MemorySegment out, long offset, long stride, float[] scratch);

    /** How many floats of scratch {@link #decode} wants. */
    default int decodeSize() {
        return 0;
    }

    /**
     * Whether {@link #decode} writes row by row (true: element (r, k) is at {@code r · stride + k}), or column by column
     * (false: at {@code k · stride + r}); rows past the end are zeros in the latter.
     */
    boolean decodesByRow();

    /** Decodes one row to {@code out[0 ... columns)}. */
    void decodeRow(long row, float[] out);
}
