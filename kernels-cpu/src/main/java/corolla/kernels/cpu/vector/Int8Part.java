package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.RowNumbers;
import corolla.kernels.cpu.machine.RowProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** INT8 weights as they are stored, in large pages: rows of bytes, a scale at the end of each. */
public final class Int8Part implements Part {
    private static final @Nullable RowProduct PRODUCT =
            RowProduct.of(RowNumbers.bytes()).orElse(null);

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
    private long rowAt(long row) {
        return Math.min(row, rows() - 1) * rowBytes();
    }

    /**
     * Products of the rows {@code [start, start + rows)} of four runs, which start {@code run} rows after each other from {@code row} on, and row {@code i} of x.
     * Those of run r go to {@code sums[to + r * sumsRun ...]}; rows past the end give anything.
     */
    public void dots(long row, int rows, long run, MixedRows x, int i, int[] sums, int to, int sumsRun) {
        // Runs that end early leave some rows to the Vector API's kernel, as odd columns do all.
        int whole = isMachineCode() ? (int) Math.clamp(rows() - row - (Int8Dots.ROWS - 1) * run, 0, rows) : 0;
        if (whole > 0) {
            machineDots(Objects.requireNonNull(PRODUCT), row, whole, run, x, i, sums, to, sumsRun);
        }
        for (int n = whole; n < rows; n++) {
            // What is past the end repeats the last row instead of reading there.
            long p = rowAt(row + n);
            long q = rowAt(row + run + n);
            long r = rowAt(row + 2 * run + n);
            long s = rowAt(row + 3 * run + n);
            Int8Dots.dot(data(), p, q, r, s, columns, x.numbers(), i * columns, sums, to + n, sumsRun);
        }
    }

    private void machineDots(
            RowProduct product, long row, int rows, long run, MixedRows x, int i, int[] sums, int to, int sumsRun) {
        product.multiply(
                data().asSlice(row * rowBytes()),
                run * rowBytes(),
                MemorySegment.ofArray(x.bytes()).asSlice((long) i * columns),
                MemorySegment.ofArray(sums).asSlice((long) Integer.BYTES * to),
                rows,
                columns / RowProduct.VECTOR_BYTES,
                (long) Integer.BYTES * sumsRun);
        int surplus = x.sum(i) * RowProduct.BYTES_SURPLUS;
        for (int r = 0; r < Int8Dots.ROWS; r++) {
            for (int n = to + r * sumsRun; n < to + r * sumsRun + rows; n++) {
                sums[n] -= surplus;
            }
        }
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
    public boolean isMachineCode() {
        return PRODUCT != null && columns % RowProduct.VECTOR_BYTES == 0;
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
