package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.onednn.Multiplication;
import corolla.kernels.cpu.onednn.Products;
import corolla.kernels.cpu.vector.DotPart;
import corolla.kernels.cpu.vector.Int8Dots;
import corolla.kernels.cpu.vector.Int8Part;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Products of LLM.int8 ({@link corolla.tensor.quant.MixedRow}): integer sums by the Vector API for few rows, by oneDNN for many,
 * which are the same numbers; then scales and outliers. Activations are taken apart by every member for itself: that costs less
 * than a barrier.
 */
final class Int8Products {
    /** Rows from which oneDNN is faster than the Vector API, and than machine code; it makes no difference to the result. */
    private static final int BATCH_ROWS_MIN = 2;

    private static final int MACHINE_BATCH_ROWS_MIN = 9;

    /** Rows of activations at once; fewer where they are wide. */
    private static final int ROWS_MAX = 512;

    private static final int ROWS_FLOATS = 1 << 21;

    /** Weights that stay in the second-level cache while outliers are added. */
    private static final int STRIP_BYTES = 1 << 18;

    private static final int STRIP_MIN = 64;
    private static final int STRIP_MAX = 512;

    private Int8Products() {}

    /** y[:, column ...] = (or += with {@code add}) x · partᵀ, this member's share. */
    static void forward(Member me, Scratch scratch, Tensor x, Int8Part part, Tensor y, long column, boolean add) {
        long from = me.shareStart(part.rows(), VectorProducts.GRAIN);
        long to = me.shareEnd(part.rows(), VectorProducts.GRAIN);
        Int8Scratch own = scratch.int8();
        int rowsMax = Integer.highestOneBit(Math.clamp(ROWS_FLOATS / part.columns(), BATCH_ROWS_MIN, ROWS_MAX));
        for (long row = 0; row < x.rows(); row += rowsMax) {
            int count = (int) Math.min(rowsMax, x.rows() - row);
            if (from < to) {
                own.rows().split(x, row, count);
                if (me.index() == 0 && column == 0) { // all members and all parts see the same rows
                    scratch.countOutliers(
                            (long) count * part.columns(), own.rows().outlierCount());
                }
                rows(scratch, own, part, from, to, count, new Target(y, row, column, add));
            }
        }
    }

    /** Where results go: rows from {@code row} on, columns from {@code column} on. */
    private record Target(Tensor y, long row, long column, boolean add) {

        void store(float[] results, int i, long output, int width) {
            long at = Float.BYTES * ((row + i) * y.columns() + column + output);
            VectorProducts.store(results, 0, y.data(), at, width, add);
        }
    }

    private static void rows(
            Scratch scratch, Int8Scratch own, Int8Part part, long from, long to, int count, Target target) {
        int width = Math.clamp(STRIP_BYTES / part.columns(), STRIP_MIN, STRIP_MAX)
                / VectorProducts.GRAIN
                * VectorProducts.GRAIN;
        own.prepare(count, width, part.columns());
        int batch = part.isMachineCode() ? MACHINE_BATCH_ROWS_MIN : BATCH_ROWS_MIN;
        @Nullable Products products = count >= batch ? scratch.int8Products() : null;
        if (products == null) {
            dots(own, part, from, to, count, width / Int8Dots.ROWS, target);
            return;
        }
        MemorySegment bytes = scratch.tile((long) count * part.columns() / Float.BYTES + 1);
        int size = count * part.columns();
        MemorySegment.copy(own.rows().bytes(), 0, bytes, ValueLayout.JAVA_BYTE, 0, size);
        for (long strip = from; strip < to; strip += width) {
            int outputs = (int) Math.min(width, to - strip);
            multiply(products, own, part, strip, outputs, count, bytes, width);
            store(own, part, strip, outputs, 0, count, target);
        }
    }

    /** As {@link DotPart#runs} says: four rows far apart at a time, {@code width} outputs of each run before they are stored. */
    private static void dots(Int8Scratch own, Int8Part part, long from, long to, int count, int width, Target target) {
        long run = (to - from + Int8Dots.ROWS - 1) / Int8Dots.ROWS;
        for (long strip = from; strip < from + run; strip += width) {
            int outputs = (int) Math.min(width, from + run - strip);
            for (int i = 0; i < count; i++) {
                part.dots(strip, outputs, run, own.rows(), i, own.sums(), i * width * Int8Dots.ROWS, width);
            }
            for (int i = 0; i < Int8Dots.ROWS; i++) {
                long first = strip + i * run;
                int filled = (int) Math.min(outputs, to - first);
                if (filled > 0) {
                    store(own, part, first, filled, i * width, count, target);
                }
            }
        }
    }

    /** Scales and outliers of outputs {@code [strip, strip + outputs)}, whose sums of each row begin {@code sums} after its first. */
    private static void store(
            Int8Scratch own, Int8Part part, long strip, int outputs, int sums, int count, Target target) {
        own.readWeights(part, strip, outputs);
        for (int i = 0; i < count; i++) {
            target.store(own.results(part, i, sums, strip, outputs), i, strip, outputs);
        }
    }

    private static void multiply(
            Products products,
            Int8Scratch own,
            Int8Part part,
            long strip,
            int outputs,
            int count,
            MemorySegment source,
            int width) {
        int k = part.columns();
        MemorySegment target = own.target(count, width);
        products.multiply(
                new Multiplication(count, outputs, k, k, DType.I8, 1, part.rowBytes(), width, false),
                source,
                part.data().asSlice(strip * part.rowBytes()),
                target);
        MemorySegment.copy(target, Int8Scratch.INT, 0, own.sums(), 0, count * width);
    }
}
