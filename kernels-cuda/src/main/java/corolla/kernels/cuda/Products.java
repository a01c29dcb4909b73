package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.Grid;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Products with matrices on the device, and lookups in them. Thread-safe. */
final class Products {
    private static final KernelSource SLICES = KernelSource.of("slices.cu");
    private static final int WARPS = Operation.THREADS / 32;

    /** Outputs of a warp, as {@code outputs.cu} has it. */
    private static final int OUTPUTS = 4;

    /** Columns of a block of transposed products. */
    private static final int COLUMNS = 256;

    /** Outputs whose products one block adds up; a whole number, so that sums have one order. */
    private static final int SLICE = 1024;

    private final Gpu gpu;
    private final MixedProducts mixed;
    private final @Nullable SplitProducts split;

    /** Memory for a counter lives in the arena. */
    Products(Gpu gpu, Arena arena, ManyRows limits) {
        this.gpu = gpu;
        this.mixed = new MixedProducts(gpu, arena, limits);
        this.split = gpu.cublas() == null ? null : new SplitProducts(gpu.cublas(), limits);
    }

    static KernelSource product(DType dtype) {
        return KernelSource.of("formats.cu", "outputs.cu", "jobs.cu", "product.cu", "chosen.cu")
                .with("FORMAT=" + dtype.name());
    }

    /** Compiles what products with this type need. */
    void prepare(DType dtype) {
        gpu.modules().prepare(product(dtype));
        if (dtype == DType.INT8) {
            MixedProducts.prepare(gpu.modules());
        }
        if (split != null) {
            split.prepare(gpu.modules(), dtype);
        }
    }

    /** y = x · wᵀ, or y += with {@code add}. */
    void forward(Tensor x, Matrix w, Tensor y, boolean add) {
        CudaMatrix matrix = CudaMatrix.own(w);
        Check.linear(x, w.columns(), y, w.rows());
        if (x.rows() == 0) {
            return;
        }
        gpu.run(operation -> {
            long from = operation.read(x);
            long to = add ? operation.update(y) : operation.write(y);
            operation.mark(matrix);
            forward(operation, from, x.rows(), matrix, to, add);
        });
    }

    /** The same of rows that are on the device. */
    void forward(Operation operation, long x, long rows, CudaMatrix matrix, long y, boolean add) {
        long column = 0;
        boolean hasInt8 = false;
        for (CudaPart part : matrix.parts()) {
            Target target = new Target(y, matrix.rows(), column, add);
            if (part.dtype() == DType.INT8) {
                // A product whose parts are apart is still one product: its features count once.
                mixed.forward(operation, x, rows, part, target, !hasInt8);
                hasInt8 = true;
            } else if (split != null && SplitProducts.serves(part.dtype(), rows)) {
                split.forward(operation, x, rows, part, target);
            } else {
                direct(operation, x, rows, part, target);
            }
            column += part.rows();
        }
    }

    /** Rows of {@code columns} numbers at {@code y}; a part's outputs begin at {@code column}. */
    record Target(long y, long columns, long column, boolean add) {
        Target from(long row) {
            return new Target(y + row * columns * Float.BYTES, columns, column, add);
        }

        /** So many outputs further. */
        Target right(long outputs) {
            return new Target(y, columns, column + outputs, add);
        }

        /** Where the first row's first output goes. */
        long address() {
            return y + column * Float.BYTES;
        }

        Arguments appendTo(Arguments arguments) {
            return arguments.wide(y).wide(columns).wide(column).integer(add ? 1 : 0);
        }
    }

    static Arguments planes(Operation operation, CudaPart part) {
        return operation
                .arguments()
                .wide(part.codes())
                .wide(part.high())
                .wide(part.scales())
                .wide(part.outer());
    }

    /** Rows that a warp takes at a time. */
    static int rowsTogether(long rows) {
        return rows == 1 ? 1 : rows <= 4 ? 4 : 16;
    }

    static Grid grid(CudaPart part, long rows) {
        return passes(part, Math.ceilDiv(rows, (long) rowsTogether(rows)));
    }

    /** Blocks for all outputs of a part, so many times. */
    static Grid passes(CudaPart part, long times) {
        long blocks = Math.ceilDiv(part.rows(), (long) WARPS * OUTPUTS);
        return new Grid(Math.toIntExact(blocks), Math.toIntExact(times), 1, Operation.THREADS);
    }

    MixedProducts mixed() {
        return mixed;
    }

    /** The same by kernels of ours. */
    static void direct(Operation operation, long x, long rows, CudaPart part, Target target) {
        Arguments arguments = planes(operation, part)
                .wide(part.rows())
                .wide(x)
                .integer(part.columns())
                .wide(rows);
        operation.launch(
                product(part.dtype()), "multiply" + rowsTogether(rows), grid(part, rows), target.appendTo(arguments));
    }

    /** dx = dy · w. */
    void transposed(Tensor dy, Matrix w, Tensor dx) {
        CudaMatrix matrix = CudaMatrix.own(w);
        Check.linear(dy, w.rows(), dx, w.columns());
        if (dy.rows() == 0) {
            return;
        }
        gpu.run(operation -> {
            long from = operation.read(dy);
            long to = operation.write(dx);
            operation.mark(matrix);
            transposed(operation, from, dy.rows(), matrix, to);
        });
    }

    /** The same of rows that are on the device. */
    void transposed(Operation operation, long dy, long rows, CudaMatrix matrix, long dx) {
        if (split != null && SplitProducts.servesTransposed(matrix, rows)) {
            split.transposed(operation, dy, rows, matrix, dx);
        } else {
            transposedDirectly(operation, dy, rows, matrix, dx);
        }
    }

    /** The same by kernels of ours. */
    static void transposedDirectly(Operation operation, long dy, long rows, CudaMatrix matrix, long dx) {
        long columns = matrix.columns();
        long slices = 0;
        for (CudaPart part : matrix.parts()) {
            slices += Math.ceilDiv(part.rows(), (long) SLICE);
        }
        long sliceBytes = rows * columns * Float.BYTES;
        long partial = operation.scratch(slices * sliceBytes);
        long at = partial;
        long column = 0;
        for (CudaPart part : matrix.parts()) {
            int together = rows == 1 ? 1 : 8;
            int ofPart = Math.toIntExact(Math.ceilDiv(part.rows(), (long) SLICE));
            Grid grid = new Grid(
                    Math.ceilDiv(part.columns(), COLUMNS),
                    ofPart,
                    Math.toIntExact(Math.ceilDiv(rows, (long) together)),
                    Operation.THREADS);
            operation.launch(
                    product(part.dtype()),
                    "transposed" + together,
                    grid,
                    planes(operation, part)
                            .wide(part.rows())
                            .wide(dy)
                            .wide(matrix.rows())
                            .wide(column)
                            .wide(rows)
                            .integer(part.columns())
                            .integer(SLICE)
                            .wide(at));
            at += ofPart * sliceBytes;
            column += part.rows();
        }
        operation.launchOver(
                rows * columns,
                SLICES,
                "sumSlices",
                operation
                        .arguments()
                        .wide(partial)
                        .wide(dx)
                        .integer(Math.toIntExact(slices))
                        .wide(rows * columns));
    }

    /** Row {@code ids[i]} of the table to row i of {@code out}. */
    void rows(Matrix table, int[] ids, Tensor out) {
        Check.lookup(table, ids, out);
        CudaMatrix matrix = CudaMatrix.own(table);
        gpu.run(operation -> {
            long to = operation.write(out);
            long first = 0;
            for (CudaPart part : matrix.parts()) {
                lookup(operation, part, first, ids, to);
                first += part.rows();
            }
        });
    }

    private static void lookup(Operation operation, CudaPart part, long first, int[] ids, long out) {
        int[] places = new int[ids.length];
        int[] found = new int[ids.length];
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= first && ids[i] < first + part.rows()) {
                found[count] = Math.toIntExact(ids[i] - first);
                places[count++] = i;
            }
        }
        long from = operation.upload(Arrays.copyOf(found, count));
        long to = operation.upload(Arrays.copyOf(places, count));
        operation.launchRows(
                count,
                product(part.dtype()),
                "lookup",
                planes(operation, part)
                        .integer(part.columns())
                        .wide(from)
                        .wide(to)
                        .wide(out));
    }

    /** Waits for the device. */
    OutlierShare outliers() {
        return mixed.outliers();
    }
}
