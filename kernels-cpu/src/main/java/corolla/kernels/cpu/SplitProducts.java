package corolla.kernels.cpu;

import corolla.kernels.cpu.onednn.Multiplication;
import corolla.kernels.cpu.onednn.Products;
import corolla.kernels.cpu.vector.Part;
import corolla.kernels.cpu.vector.RowPart;
import corolla.kernels.cpu.vector.SplitFloats;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Products of many f32 rows as sums of products of bf16 halves ({@link SplitFloats}), which AMX multiplies several times as fast as
 * f32. bf16 weights are read in place, others split a tile at a time; the product of two low halves, 2^-16 of the whole, is left out.
 *
 * @param part weights (rows, columns)
 */
record SplitProducts(Scratch scratch, Products products, Part part) {
    /** From so many rows on this is faster than f32 with weights in place. */
    static final int ROWS_MIN = 17;

    /** With tiles, which are decoded and split first. */
    private static final int TILED_ROWS_MIN = 256;

    /** Rows of activations at once; fewer where they are wide. */
    private static final int ROWS_MAX = 512;

    private static final int ROWS_FLOATS = 1 << 22;

    /** Columns of the target at once, and the longest sum: weights of a tile and sums stay in a second-level cache of 2 MiB. */
    private static final int STRIP = 256;

    private static final int DEPTH = 768;

    /** Whether so many rows are multiplied so: who keeps weights in f32 wants the arithmetic, too. */
    static boolean serves(Products products, Part part, long rows) {
        if (!products.multipliesHalves()) {
            return false;
        }
        return switch (part.dtype()) {
            case F32 -> false;
            case BF16 -> rows >= ROWS_MIN;
            default -> rows >= TILED_ROWS_MIN;
        };
    }

    /** A block of rows, split: sums of {@code depth} products each, of which {@code target} takes some. */
    private record Rows(MemorySegment source, int count, int depth, boolean transposed) {}

    /** y[:, column + from ... column + to) = (or += with {@code add}) x · part[from ... to)ᵀ. */
    void forward(Tensor x, long from, long to, Tensor y, long column, boolean add) {
        long row = 0;
        while (row < x.rows()) {
            int count = count(x.rows() - row, part.columns());
            Rows rows = split(x, row, count, 0, part.columns(), false);
            for (long strip = from; strip < to; strip += STRIP) {
                int width = (int) Math.min(STRIP, to - strip);
                multiply(rows, strip, width);
                store(rows, width, y, row, column + strip, add);
            }
            row += count;
        }
    }

    /** dx[:, from ... to) += dy[:, column ...] · part[:, from ... to). */
    void transposed(Tensor dy, long column, Tensor dx, long from, long to) {
        int depth = Math.toIntExact(part.rows());
        long row = 0;
        while (row < dy.rows()) {
            int count = count(dy.rows() - row, depth);
            Rows rows = split(dy, row, count, column, depth, true);
            for (long strip = from; strip < to; strip += STRIP) {
                int width = (int) Math.min(STRIP, to - strip);
                multiply(rows, strip, width);
                store(rows, width, dx, row, strip, true);
            }
            row += count;
        }
    }

    /** How many of {@code rest} rows to do next; never leaves a single row, which would be rounded differently. */
    static int count(long rest, int depth) {
        int most = Integer.highestOneBit(Math.clamp(ROWS_FLOATS / depth, 4, ROWS_MAX));
        return rest == most + 1 ? most - 2 : (int) Math.min(most, rest);
    }

    private Rows split(Tensor x, long row, int count, long column, int depth, boolean transposed) {
        MemorySegment source = scratch.split().source((long) count * depth);
        for (int i = 0; i < count; i++) {
            long at = (row + i) * x.rowBytes() + 4 * column;
            SplitFloats.split(x.data(), at, depth, source, 2L * i * depth, 2L * (count + i) * depth);
        }
        return new Rows(source, count, depth, transposed);
    }

    private void store(Rows rows, int width, Tensor y, long row, long column, boolean add) {
        MemorySegment sums = scratch.split().target((long) rows.count * width);
        for (int i = 0; i < rows.count; i++) {
            long at = (row + i) * y.rowBytes() + 4 * column;
            SplitFloats.sum(sums, 4L * i * width, 4L * (rows.count + i) * width, y.data(), at, width, add);
        }
    }

    /** Sums of all rows for {@code width} columns of the target from {@code strip} on, to the scratch's target. */
    private void multiply(Rows rows, long strip, int width) {
        if (part instanceof RowPart own && part.dtype() == DType.BF16) {
            long stride = part.columns();
            MemorySegment weights = own.data().asSlice(2 * strip * (rows.transposed ? 1 : stride));
            Strides strides = rows.transposed ? new Strides(stride, 1) : new Strides(1, stride);
            multiply(rows, 0, rows.depth, width, weights, strides, 2, false);
            return;
        }
        int tiles = (rows.depth + DEPTH - 1) / DEPTH;
        int depth = roundUp((rows.depth + tiles - 1) / tiles, 2 * VectorProducts.GRAIN);
        for (int from = 0; from < rows.depth; from += depth) {
            tile(rows, from, Math.min(depth, rows.depth - from), strip, width);
        }
    }

    /** Weights from one summed element to the next, and from one of the target's columns to the next. */
    private record Strides(long depth, long width) {}

    private void tile(Rows rows, int from, int depth, long strip, int width) {
        int count = rows.transposed ? depth : width; // of the part's rows
        int columns = rows.transposed ? width : depth;
        int first = rows.transposed ? (int) strip : from;
        int tileRows = roundUp(count, VectorProducts.GRAIN);
        int floats = tileRows * columns;
        MemorySegment tile = scratch.tile(floats);
        long row = rows.transposed ? from : strip;
        BatchProducts.decode(scratch, part, row, count, first, first + columns, tile, tileRows);
        int used = part.decodesByRow() ? count * columns : floats;
        MemorySegment halves = scratch.split().weights(floats);
        SplitFloats.split(tile, 0, used, halves, 0, 2L * floats);
        long rowStride = part.decodesByRow() ? columns : 1;
        long columnStride = part.decodesByRow() ? 1 : tileRows;
        Strides strides = rows.transposed ? new Strides(rowStride, columnStride) : new Strides(columnStride, rowStride);
        multiply(rows, from, depth, width, halves, strides, 2, from > 0);
        multiply(rows, from, depth, width, halves.asSlice(2L * floats), strides, 1, true);
    }

    private static int roundUp(int count, int grain) {
        return (count + grain - 1) / grain * grain;
    }

    /** @param halves 2: with both halves of activations, 1: with the high ones */
    private void multiply(
            Rows rows,
            int from,
            int depth,
            int width,
            MemorySegment weights,
            Strides strides,
            int halves,
            boolean add) {
        Multiplication shape = new Multiplication(
                halves * rows.count,
                width,
                depth,
                DType.BF16,
                rows.depth,
                DType.BF16,
                strides.depth,
                strides.width,
                width,
                add);
        MemorySegment target = scratch.split().target((long) rows.count * width);
        products.multiply(shape, rows.source.asSlice(2L * from), weights, target);
    }
}
