package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.RowNumbers;
import corolla.kernels.cpu.machine.RowProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Row-major f32, bf16 or f16 weights as the checkpoint has them, in large pages if they are multiplied. */
public final class RowPart implements DotPart {
    /** Rows that are multiplied at once. */
    private static final int RUNS = 4;

    /** Weights that a call of machine code reads: some tens of microseconds. */
    private static final int CALL_BYTES = 1 << 20;

    /** Weights that are read again for the next row of activations. */
    private static final int CACHE_BYTES = 1 << 17;

    private static final @Nullable RowProduct BFLOAT16 = assemble(RowNumbers.bfloat16());
    private static final @Nullable RowProduct FLOAT16 = assemble(RowNumbers.float16());

    private final Tensor weights;
    private final int columns;
    private final @Nullable RowProduct product;

    private RowPart(Tensor weights) {
        this.weights = weights;
        this.columns = Math.toIntExact(weights.columns());
        this.product = switch (weights.dtype()) {
            case BF16 -> BFLOAT16;
            case F16 -> FLOAT16;
            default -> null;
        };
    }

    /** Such a product, where this machine's vectors are those of its sums. */
    private static @Nullable RowProduct assemble(RowNumbers numbers) {
        return Lanes.BYTES == RowProduct.VECTOR_BYTES ? RowProduct.of(numbers).orElse(null) : null;
    }

    /** Copies {@code weights} into memory of {@code arena}; does not keep {@code weights}. */
    public static RowPart copy(Arena arena, Tensor weights) {
        if (!supports(weights.dtype())) {
            throw new IllegalArgumentException("no row kernel for " + weights);
        }
        return new RowPart(HugePages.copy(arena, weights));
    }

    /** As {@link #copy}, but of the memory as it is, which outlives the part. */
    public static RowPart view(Tensor weights) {
        return new RowPart(weights);
    }

    public static boolean supports(DType dtype) {
        return dtype == DType.F32 || dtype == DType.BF16 || dtype == DType.F16;
    }

    /** Row-major, without gaps. */
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
        return 1;
    }

    /**
     * Four rows that follow each other end together, and prefetching starts anew behind them. Rows far apart are four streams, each of which
     * goes on into its next row. Two threads, from pages of 4 KiB: bf16 30 GB/s and 43, int8 20 and 38.
     */
    @Override
    public int runs() {
        return RUNS;
    }

    @Override
    public int preparedSize() {
        return columns;
    }

    @Override
    public void prepare(MemorySegment x, long offset, float[] prepared, int at) {
        MemorySegment.copy(x, Tensor.FLOAT, offset, prepared, at, columns);
        if (weights.dtype() != DType.F32) {
            float factor = weights.dtype() == DType.F16 ? Float16Rows.HALF_SCALE : 1;
            HalfRows.split(x, offset, columns, factor, prepared, at);
        }
    }

    @Override
    public void dot(long row, long run, float[] prepared, int at, float[] sums, int to, int sumsRun) {
        // Runs that end early repeat the last row instead of reading past the end.
        long last = rows() - 1;
        long stride = weights.rowBytes();
        long first = row * stride;
        long second = Math.min(row + run, last) * stride;
        long third = Math.min(row + 2 * run, last) * stride;
        long fourth = Math.min(row + 3 * run, last) * stride;
        switch (weights.dtype()) {
            case F32 -> FloatRows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to, sumsRun);
            case BF16 ->
                BFloat16Rows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to, sumsRun);
            case F16 -> Float16Rows.dot(data(), first, second, third, fourth, columns, prepared, at, sums, to, sumsRun);
            default -> throw new IllegalStateException("no row kernel for " + weights);
        }
        int tail = columns % (weights.dtype() == DType.F32 ? Lanes.COUNT : 2 * Lanes.COUNT);
        for (int i = 0; i < RUNS && tail != 0; i++) {
            long offset = Math.min(row + i * run, last) * stride;
            sums[to + i * sumsRun] = tail(offset, columns - tail, prepared, at, sums[to + i * sumsRun]);
        }
    }

    @Override
    public boolean isMachineCode() {
        return product != null && HalfRows.body(columns) == columns;
    }

    @Override
    public void dots(long row, int from, int to, long run, Activations x) {
        // Runs that end early leave some rows to the Vector API's kernel, as odd columns do all.
        int end = isMachineCode() ? (int) Math.clamp(rows() - row - (RUNS - 1) * run, from, to) : from;
        int some = Math.max(1, (x.count() == 1 ? CALL_BYTES : CACHE_BYTES) / (RUNS * (int) weights.rowBytes()));
        for (int i = from; i < end; i += some) {
            for (int j = 0; j < x.count(); j++) {
                machineDots(row, i, Math.min(i + some, end), run, x, j);
            }
        }
        DotPart.super.dots(row, end, to, run, x);
    }

    private void machineDots(long row, int from, int to, long run, Activations x, int index) {
        Objects.requireNonNull(product)
                .multiply(
                        data().asSlice((row + from) * weights.rowBytes()),
                        run * weights.rowBytes(),
                        MemorySegment.ofArray(x.prepared()).asSlice(4L * index * x.size()),
                        MemorySegment.ofArray(x.sums()).asSlice(4L * (index * x.sumsSize() + from)),
                        to - from,
                        columns / (2L * Lanes.COUNT),
                        4L * x.sumsRun());
    }

    private float tail(long offset, int from, float[] prepared, int at, float start) {
        float sum = start;
        for (int k = from; k < columns; k++) {
            sum = Math.fma(element(offset, k), prepared[at + k], sum);
        }
        return sum;
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
        long source = row * weights.rowBytes();
        int k = from;
        if (weights.dtype() == DType.F16) {
            k = Float16Rows.decode(data(), source, from, to, out, offset);
        }
        for (; k < to; k++) {
            out.set(Tensor.FLOAT, offset + 4L * (k - from), element(source, k));
        }
    }

    @Override
    public void decodeRow(long row, float[] out) {
        Elements.decodeRow(weights, row, out);
    }
}
