package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.onednn.Multiplication;
import corolla.kernels.cpu.onednn.Products;
import corolla.kernels.cpu.vector.Part;
import corolla.kernels.cpu.vector.RowPart;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Products by oneDNN: f32 and bf16 weights as they lie in memory, others a tile at a time, decoded to f32. Each member
 * computes its own range of output columns.
 */
final class BatchProducts {
    /** Decoded weights of a tile: 256 KiB, half of which stays in a small second-level cache beside activations. */
    private static final int TILE_FLOATS = 1 << 16;

    private static final int TILE_ROWS_MAX = 256;

    private BatchProducts() {}

    static boolean readsInPlace(Part part) {
        return part.dtype() == DType.F32 || part.dtype() == DType.BF16;
    }

    /**
     * y[:, column ...] = (or += with {@code add}) x · partᵀ, this member's share.
     *
     * @param together how many rows decide by what code each is multiplied
     */
    static void forward(
            Member me,
            Scratch scratch,
            Products products,
            Tensor x,
            Part part,
            Tensor y,
            long column,
            boolean add,
            long together) {
        long from = me.shareStart(part.rows(), VectorProducts.GRAIN);
        long to = me.shareEnd(part.rows(), VectorProducts.GRAIN);
        if (from == to || x.rows() == 0) {
            return;
        }
        boolean split = SplitProducts.serves(products, part, together);
        if (x.rows() == 1) {
            forwardPadded(scratch, products, x, part, from, to, y, column, add, split);
        } else {
            forward(scratch, products, x, part, from, to, y, column, add, split);
        }
    }

    /** A single row goes with a row of zeros, because oneDNN rounds a lone row differently. */
    private static void forwardPadded(
            Scratch scratch,
            Products products,
            Tensor x,
            Part part,
            long from,
            long to,
            Tensor y,
            long column,
            boolean add,
            boolean split) {
        long inputs = part.columns();
        long outputs = to - from;
        MemorySegment padding = scratch.padding(2 * inputs + 2 * outputs);
        Tensor source = new Tensor(padding.asSlice(0, 8 * inputs), DType.F32, Shape.of(2, inputs));
        Tensor target = new Tensor(padding.asSlice(8 * inputs, 8 * outputs), DType.F32, Shape.of(2, outputs));
        source.data().copyFrom(x.data());
        source.data().asSlice(4 * inputs).fill((byte) 0);
        MemorySegment lone = y.data().asSlice(4 * (column + from), 4 * outputs);
        if (add) {
            target.data().copyFrom(lone);
            target.data().asSlice(4 * outputs).fill((byte) 0);
        }
        forward(scratch, products, source, part, from, to, target, -from, add, split);
        lone.copyFrom(target.data().asSlice(0, 4 * outputs));
    }

    private static void forward(
            Scratch scratch,
            Products products,
            Tensor x,
            Part part,
            long from,
            long to,
            Tensor y,
            long column,
            boolean add,
            boolean split) {
        if (split) {
            new SplitProducts(scratch, products, part).forward(x, from, to, y, column, add);
        } else if (part instanceof RowPart rows && readsInPlace(part)) {
            MemorySegment weights = rows.data().asSlice(from * part.dtype().bytes(part.columns()));
            int count = Math.toIntExact(to - from);
            multiply(products, x, weights, part.dtype(), part.columns(), count, y, column + from, add);
        } else {
            forwardByTiles(scratch, products, x, part, from, to, y, column, add);
        }
    }

    private static void multiply(
            Products products,
            Tensor x,
            MemorySegment weights,
            DType dtype,
            int k,
            int n,
            Tensor y,
            long column,
            boolean add) {
        int m = Math.toIntExact(x.rows());
        products.multiply(
                new Multiplication(m, n, k, k, dtype, 1, k, y.columns(), add),
                x.data(),
                weights,
                y.data().asSlice(4 * column));
    }

    private static int tileRows(int columns) {
        int rows = Math.clamp(TILE_FLOATS / Math.max(1, columns), VectorProducts.GRAIN, TILE_ROWS_MAX);
        return rows / VectorProducts.GRAIN * VectorProducts.GRAIN;
    }

    private static void forwardByTiles(
            Scratch scratch,
            Products products,
            Tensor x,
            Part part,
            long from,
            long to,
            Tensor y,
            long column,
            boolean add) {
        int k = part.columns();
        int m = Math.toIntExact(x.rows());
        int rows = tileRows(k);
        MemorySegment tile = scratch.tile((long) rows * k);
        for (long row = from; row < to; row += rows) {
            int n = (int) Math.min(rows, to - row);
            decode(scratch, part, row, n, 0, k, tile, rows);
            long strideK = part.decodesByRow() ? 1 : rows;
            long strideN = part.decodesByRow() ? k : 1;
            products.multiply(
                    new Multiplication(m, n, k, k, DType.F32, strideK, strideN, y.columns(), add),
                    x.data(),
                    tile,
                    y.data().asSlice(4 * (column + row)));
        }
    }

    /** Rows {@code [row, row + n)} and columns {@code [from, to)} to a tile of {@code tileRows} rows. */
    static void decode(
            Scratch scratch, Part part, long row, int n, int from, int to, MemorySegment tile, int tileRows) {
        int width = to - from;
        float[] floats = scratch.prepared(part.decodeSize());
        for (int i = 0; i < n; i += part.tileRows()) {
            if (part.decodesByRow()) {
                part.decode(row + i, from, to, tile, 4L * i * width, width, floats);
            } else {
                part.decode(row + i, from, to, tile, 4L * i, tileRows, floats);
            }
        }
    }

    /** dx[:, from ... to) += dy[:, column ...] · part. A single row goes with a row of zeros, as in {@link #forward}. */
    static void transposed(
            Scratch scratch, Products products, Tensor dy, long column, Part part, Tensor dx, long from, long to) {
        if (SplitProducts.serves(products, part, dy.rows())) {
            new SplitProducts(scratch, products, part).transposed(dy, column, dx, from, to);
            return;
        }
        if (dy.rows() >= 2) {
            transposedRows(scratch, products, dy, column, part, dx, from, to);
            return;
        }
        long outputs = part.rows();
        long inputs = dx.columns();
        MemorySegment padding = scratch.padding(2 * outputs + 2 * inputs);
        Tensor source = new Tensor(padding.asSlice(0, 8 * outputs), DType.F32, Shape.of(2, outputs));
        MemorySegment target = padding.asSlice(8 * outputs, 8 * inputs);
        source.data().copyFrom(dy.data().asSlice(4 * column, 4 * outputs));
        source.data().asSlice(4 * outputs).fill((byte) 0);
        MemorySegment mine = dx.data().asSlice(4 * from, 4 * (to - from)); // others write the rest meanwhile
        target.asSlice(4 * from, 4 * (to - from)).copyFrom(mine);
        target.asSlice(4 * (inputs + from), 4 * (to - from)).fill((byte) 0);
        Tensor padded = new Tensor(target, DType.F32, Shape.of(2, inputs));
        transposedRows(scratch, products, source, 0, part, padded, from, to);
        mine.copyFrom(target.asSlice(4 * from, 4 * (to - from)));
    }

    private static void transposedRows(
            Scratch scratch, Products products, Tensor dy, long column, Part part, Tensor dx, long from, long to) {
        int m = Math.toIntExact(dy.rows());
        int n = Math.toIntExact(to - from);
        MemorySegment target = dx.data().asSlice(4 * from);
        if (part instanceof RowPart rows && readsInPlace(part)) {
            int k = Math.toIntExact(part.rows());
            products.multiply(
                    new Multiplication(m, n, k, dy.columns(), part.dtype(), part.columns(), 1, dx.columns(), true),
                    dy.data().asSlice(4 * column),
                    rows.data().asSlice(part.dtype().bytes(from)),
                    target);
            return;
        }
        int tileRows = tileRows(n);
        MemorySegment tile = scratch.tile((long) tileRows * n);
        for (long row = 0; row < part.rows(); row += tileRows) {
            int k = (int) Math.min(tileRows, part.rows() - row);
            decode(scratch, part, row, k, (int) from, (int) to, tile, tileRows);
            long strideK = part.decodesByRow() ? n : 1;
            long strideN = part.decodesByRow() ? 1 : tileRows;
            products.multiply(
                    new Multiplication(m, n, k, dy.columns(), DType.F32, strideK, strideN, dx.columns(), true),
                    dy.data().asSlice(4 * (column + row)),
                    tile,
                    target);
        }
    }
}
