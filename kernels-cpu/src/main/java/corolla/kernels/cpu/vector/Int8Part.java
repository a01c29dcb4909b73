package corolla.kernels.cpu.vector;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** INT8 weights as they are stored, in large pages: rows of bytes, a scale at the end of each. */
public final class Int8Part implements Part {
    private final Tensor weights;
    private final int columns;

    private Int8Part(Tensor weights) {
        this.weights = weights;
        this.columns = Math.toIntExact(weights.columns());
    }

    /** Copies {@code weights} into memory of {@code arena}; does not keep {@code weights}. */
    public static Int8Part copy(Arena arena, Tensor weights) {
        if (weights.dtype() != DType.INT8) {
            throw new IllegalArgumentException("no int8 kernel for " + weights);
        }
        return new Int8Part(HugePages.copy(arena, weights));
    }

    /** Row-major, {@link #rowBytes} from one row to the next. */
    public MemorySegment data() {
        return weights.data();
    }

    public long rowBytes() {
        return weights.rowBytes();
    }

    /** Where a row begins; rows past the end begin where the last one does. */
    public long rowAt(long row) {
        return Math.min(row, rows() - 1) * rowBytes();
    }

    /** Scales of the rows {@code [row, row + count)} to {@code out[0...]}. */
    public void scales(long row, int count, float[] out) {
        for (int i = 0; i < count; i++) {
            out[i] = data().get(Tensor.FLOAT, (row + i) * rowBytes() + columns);
        }
    }

    /** Numbers of one column, rows {@code [row, row + count)}, to {@code out[at...]}. */
    public void column(int column, long row, int count, float[] out, int at) {
        for (int i = 0; i < count; i++) {
            out[at + i] = data().get(ValueLayout.JAVA_BYTE, (row + i) * rowBytes() + column);
        }
    }

    /** Adds {@code value} times the numbers of a column, as {@link #column}, to {@code out[0...]}, one fused operation each. */
    public void addColumn(int column, long row, int count, float value, float[] out) {
        for (int i = 0; i < count; i++) {
            float number = data().get(ValueLayout.JAVA_BYTE, (row + i) * rowBytes() + column);
            out[i] = Math.fma(value, number, out[i]);
        }
    }

    @Override
    public long rows() {
        return weights.rows();
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public DType dtype() {
        return DType.INT8;
    }

    @Override
    public long bytes() {
        return data().byteSize();
    }

    @Override
    public int tileRows() {
        return Int8Dots.ROWS;
    }

    @Override
    public boolean decodesByRow() {
        return true;
    }

    @Override
    public void decode(long row, int from, int to, MemorySegment out, long offset, long stride, float[] scratch) {
        for (int i = 0; i < Int8Dots.ROWS && row + i < rows(); i++) {
            Int8Dots.decode(data(), (row + i) * rowBytes(), columns, from, to, out, offset + 4L * i * stride);
        }
    }

    @Override
    public void decodeRow(long row, float[] out) {
        Elements.decodeRow(weights, row, out);
    }
}
