package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.Products.Target;
import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.cublas.Product;
import corolla.kernels.cuda.cublas.ProductShape;
import corolla.kernels.cuda.cublas.ProductShape.Numbers;
import corolla.kernels.cuda.cublas.ProductShape.WeightRows;
import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.Grid;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Products with int8 weights (ADR 10): integer sums by kernels of ours or, of many rows, by tensor cores; outliers in f32. Both give the reference's bits.
 * Thread-safe.
 */
final class MixedProducts {
    private static final KernelSource INT8 = KernelSource.of("outputs.cu", "int8.cu");

    /** Rows that are taken apart at a time: more would want more scratch, up to six bytes a feature. */
    private static final int SPLIT_ROWS_MAX = 128;

    /** The same for tensor cores, which are busy only where a byte of weights serves some hundred rows. */
    private static final int SPLIT_ROWS_MANY_MAX = 512;

    /** Outputs of integer products are a multiple: cuBLASLt wants four, and may be faster with eight. */
    private static final long OUTPUTS_GRAIN = 8;

    private static final long SLICE_GRAIN = 128;

    /** Rows of a thread, as {@code int8.cu} has it. */
    private static final int ROWS_A_THREAD = 16;

    private final Gpu gpu;
    private final @Nullable CublasProducts cublas;
    private final ManyRows limits;
    private final long outlierCount;
    private final LongAdder features = new LongAdder();

    /** Memory for a counter lives in the arena. */
    MixedProducts(Gpu gpu, Arena arena, ManyRows limits) {
        this.gpu = gpu;
        this.limits = limits;
        this.cublas = gpu.cublas();
        this.outlierCount = gpu.allocate(arena, Long.BYTES).address();
        gpu.run(operation -> operation.zero(outlierCount, Long.BYTES));
    }

    static void prepare(KernelModules modules) {
        modules.prepare(INT8);
    }

    /**
     * Rows that are taken apart.
     *
     * @param x their f32 numbers
     * @param numbers bytes, (count, padded columns); what follows is a row's scale, its outliers' columns, and how many they are
     */
    record Rows(long x, long numbers, long scales, long outliers, long counts, long count) {
        Arguments appendTo(Arguments arguments, CudaPart part) {
            return arguments
                    .wide(part.codes())
                    .wide(part.scales())
                    .wide(part.rows())
                    .wide(x)
                    .wide(numbers)
                    .wide(scales)
                    .wide(outliers)
                    .wide(counts)
                    .integer(part.columns())
                    .wide(count);
        }
    }

    /** y = x · partᵀ, or y += ; {@code counts}: whether outliers and features are counted. */
    void forward(Operation operation, long x, long rows, CudaPart part, Target target, boolean counts) {
        boolean many = cublas != null && rows >= ManyRows.ROWS_MIN;
        long most = many ? ManyRows.block(rows, SPLIT_ROWS_MANY_MAX) : Math.min(rows, SPLIT_ROWS_MAX);
        long padded = many ? ManyRows.roundUp(most, ManyRows.ROWS_GRAIN) : most;
        long total = total(operation, counts, rows * part.columns());
        Rows room = room(operation, x, most, padded, part);
        long slice = ManyRows.fitting(part.rows(), limits.sumsBytesMax(), padded * Integer.BYTES, SLICE_GRAIN);
        long sums = many ? operation.scratch(padded * ManyRows.roundUp(slice, OUTPUTS_GRAIN) * Integer.BYTES) : 0;
        for (long from = 0; from < rows; from += most) {
            Rows some = new Rows(
                    x + from * part.columns() * Float.BYTES,
                    room.numbers,
                    room.scales,
                    room.outliers,
                    room.counts,
                    Math.min(most, rows - from));
            split(operation, some, part.columns(), total);
            Target to = target.from(from);
            if (!many) {
                direct(operation, some, part, to);
                continue;
            }
            for (long output = 0; output < part.rows(); output += slice) {
                CudaPart outputs = part.slice(output, Math.min(part.rows(), output + slice));
                integers(operation, some, outputs, to.right(output), sums);
            }
        }
    }

    /** Where outliers are counted, of so many features. */
    private long total(Operation operation, boolean counts, long more) {
        if (!counts) {
            return operation.scratch(Long.BYTES);
        }
        features.add(more);
        return outlierCount;
    }

    private static Rows room(Operation operation, long x, long count, long padded, CudaPart part) {
        return new Rows(
                x,
                operation.scratch(padded * part.paddedColumns()),
                operation.scratch(count * Float.BYTES),
                operation.scratch(count * part.columns() * Integer.BYTES),
                operation.scratch(count * Integer.BYTES),
                count);
    }

    /** Takes rows apart for products that are launched elsewhere, all at a time: so they are few. */
    Rows split(Operation operation, long x, long rows, CudaPart part, boolean counts) {
        Rows apart = room(operation, x, rows, rows, part);
        split(operation, apart, part.columns(), total(operation, counts, rows * part.columns()));
        return apart;
    }

    private static void split(Operation operation, Rows rows, int columns, long total) {
        operation.launchRows(
                rows.count,
                INT8,
                "split",
                operation
                        .arguments()
                        .wide(rows.x)
                        .integer(columns)
                        .wide(rows.numbers)
                        .wide(rows.scales)
                        .wide(rows.outliers)
                        .wide(rows.counts)
                        .wide(total));
    }

    private static void direct(Operation operation, Rows rows, CudaPart part, Target target) {
        operation.launch(
                INT8,
                "mixed" + Products.rowsTogether(rows.count),
                Products.grid(part, rows.count),
                target.appendTo(rows.appendTo(operation.arguments(), part)));
    }

    /** By tensor cores, where the library can: integer sums first, then scales and outliers. */
    private void integers(Operation operation, Rows rows, CudaPart part, Target target, long sums) {
        CublasProducts library = cublas;
        long depth = part.paddedColumns();
        // Beyond the last row and output are sums that nobody reads.
        long padded = ManyRows.roundUp(rows.count, ManyRows.ROWS_GRAIN);
        long stride = ManyRows.roundUp(part.rows(), OUTPUTS_GRAIN);
        ProductShape shape = new ProductShape(
                Numbers.INT8_TO_INT32, WeightRows.OUTPUTS, padded, stride, depth, depth, depth, stride);
        Product product = new Product(shape, part.codes(), rows.numbers, sums, false);
        if (library == null || !library.multiplies(product)) {
            direct(operation, rows, part, target);
            return;
        }
        library.multiply(product, operation.stream("cublasLtMatmul"));
        Grid grid = new Grid(
                Math.toIntExact(Math.ceilDiv(part.rows(), (long) Operation.THREADS)),
                Math.toIntExact(Math.ceilDiv(rows.count, (long) ROWS_A_THREAD)),
                1,
                Operation.THREADS);
        Arguments arguments = operation.arguments().wide(sums).wide(stride);
        operation.launch(INT8, "mixedSums", grid, target.appendTo(rows.appendTo(arguments, part)));
    }

    /** Waits for the device. */
    OutlierShare outliers() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
            gpu.run(operation -> operation.download(outlierCount, count));
            return new OutlierShare(features.sum(), count.get(ValueLayout.JAVA_LONG, 0));
        }
    }
}
