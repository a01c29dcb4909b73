package corolla.kernels.cpu.vector;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.MemorySegment;

/** A view of row-major f32, bf16 or f16 weights as the checkpoint has them; the owner of the memory outlives it. */
public final class RowPart implements DotPart {
    private static final int TILE = 4;

    private final Tensor weights;
    private final int columns;

    public RowPart(Tensor weights) {
        this.weights = weights;
        this.columns = Math.toIntExact(weights.columns());
        if (!supports(weights.dtype())) {
            throw new IllegalArgumentException("no row kernel for " + weights);
        }
    }

    public static boolean supports(DType dtype) {
        return dtype == DType.F32 || dtype == DType.BF16 || dtype == DType.F16;
    }

    /** The memory as it is: row-major. */
    public MemorySegment data() {
        return weights.data();
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
        return weights.dtype();
    }

    @Override
    public long bytes() {
        return weights.data().byteSize();
    }

    @Override
    public int tileRows() {
        return TILE;
    }

    @Override
    public int preparedSize() {
        return columns;
    }

    @Override
    public void prepare(MemorySegment x, long offset, float[] prepared, int at) {
        MemorySegment.copy(x, Tensor.FLOAT, offset, prepared, at, columns);
        if (weights.dtype() != DType.F32) {
            HalfRows.split(x, offset, columns, prepared, at);
        }
    }

    @Override
    public void dot(long row, float[] prepared, int at, float[] sums, int to) {
        // The last tile repeats the last row instead of reading past the end.
        long last = rows() - 1;
        long stride = weights.rowBytes();
        long first = row * stride;
        long second = Math.min(row + 1, last) * stride;
        long third = Math.min(row + 2, last) * stride;
        long fourth = Math.min(row + 3, last) * stride;
        switch (weights.dtype()) {
            case F32 -> FloatRows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to);
            case BF16 -> BFloat16Rows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to);
            case F16 -> Float16Rows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to);
            default -> throw new IllegalStateException("no row kernel for " + weights);
        }
        int tail = columns % (weights.dtype() == DType.F32 ? Lanes.COUNT : 2 * Lanes.COUNT);
        if (tail != 0) {
            addTails(row, columns - tail, prepared, at, sums, to);
        }
    }

    private void addTails(long row, int from, float[] prepared, int at, float[] sums, int to) {
        for (int i = 0; i < TILE; i++) {
            long offset = Math.min(row + i, rows() - 1) * weights.rowBytes();
            float sum = sums[to + i];
            for (int k = from; k < columns; k++) {
                sum = Math.fma(element(offset, k), prepared[at + k], sum);
            }
            sums[to + i] = sum;
        }
    }

    private float element(long rowOffset, int column) {
        return switch (weights.dtype()) {
            case F32 -> data().get(Tensor.FLOAT, rowOffset + 4L * column);
            case BF16 -> Float.intBitsToFloat(data().get(Tensor.SHORT, rowOffset + 2L * column) << 16);
            default -> Float.float16ToFloat(data().get(Tensor.SHORT, rowOffset + 2L * column));
        };
    }

    @Override
    public boolean decodesByRow() {
        return true;
    }

    @Override
    public void decode(long row, int from, int to, MemorySegment out, long offset, long stride, float[] scratch) {
        for (int i = 0; i < TILE && row + i < rows(); i++) {
            long source = (row + i) * weights.rowBytes();
            for (int k = from; k < to; k++) {
                out.set(Tensor.FLOAT, offset + 4 * (i * stride + k - from), element(source, k));
            }
        }
    }

    @Override
    public void decodeRow(long row, float[] out) {
        Elements.decodeRow(weights, row, out);
    }
}
