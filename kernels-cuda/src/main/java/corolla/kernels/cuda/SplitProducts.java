package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.Products.Target;
import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.cublas.Product;
import corolla.kernels.cuda.cublas.ProductShape;
import corolla.kernels.cuda.cublas.ProductShape.Numbers;
import corolla.kernels.cuda.cublas.ProductShape.WeightRows;
import corolla.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of many f32 rows on tensor cores as sums of products of bf16 halves (ADR 17): bf16 weights are read in place, others decoded and split a tile at a
 * time; the product of two low halves, 2^-16 of the whole, is left out. f32 weights are not for it. Fast, it rounds where it would split: one product in the place
 * of two or three. Thread-safe.
 */
record SplitProducts(CublasProducts cublas, ManyRows limits) {
    private static final KernelSource SPLIT = KernelSource.of("halves.cu", "split.cu");

    /**
     * Up to so many, high halves lie above low ones and the weights are read once for both. From there on a product takes longer than reading its weights (an H100
     * does some 300 operations in the time of a byte, and a row asks for one a byte of bf16), and what each adds to the results needs no scratch.
     */
    private static final int STACKED_ROWS_MAX = 256;

    /** Outputs of a tile are a multiple, as blocks of tensor cores' kernels are. */
    private static final long GRAIN = 128;

    /** Elements that leading dimensions are multiples of: 16 bytes of bf16. */
    private static final long STRIDE_GRAIN = 8;

    static KernelSource tiles(DType dtype) {
        return KernelSource.of("formats.cu", "halves.cu", "tiles.cu").with("FORMAT=" + dtype.name());
    }

    /** Compiles what forward and backward with this type need. */
    void prepare(KernelModules modules, DType dtype) {
        if (dtype != DType.F32) {
            modules.prepare(SPLIT);
        }
        if (dtype != DType.F32 && dtype != DType.BF16) {
            modules.prepare(tiles(dtype));
        }
    }

    /** Whether such a product is for it: who keeps weights in f32 wants the arithmetic, too. */
    static boolean serves(DType dtype, long rows) {
        return dtype != DType.F32 && rows >= ManyRows.ROWS_MIN;
    }

    private int halves() {
        return limits.fast() ? 1 : 2;
    }

    private long splitBytes(long rows, long stride) {
        return halves() * rows * stride * Short.BYTES;
    }

    /** Rows of activations as halves: {@code rows} high ones and, unless fast, as many low ones below. */
    private record Split(long address, long rows, long stride) {
        long low() {
            return address + rows * stride * Short.BYTES;
        }

        Split from(long column) {
            return new Split(address + column * Short.BYTES, rows, stride);
        }
    }

    /** Where f32 rows begin: {@code stride} numbers each, of which those from {@code column} on are meant. */
    private record Rows(long address, long count, long stride, long column) {}

    private static void split(Operation operation, Rows from, long columns, Split to, boolean low) {
        operation.launchOver(
                to.rows * to.stride,
                SPLIT,
                "splitHalves",
                operation
                        .arguments()
                        .wide(from.address)
                        .wide(from.stride)
                        .wide(from.column)
                        .wide(columns)
                        .wide(to.rows)
                        .wide(to.stride)
                        .integer(low ? 1 : 0)
                        .wide(to.address));
    }

    /** Weights as halves; {@code low} is 0 where there are none. */
    private record Weights(long high, long low, long stride) {}

    /** Whether weights are multiplied where they lie. */
    private static boolean inPlace(CudaPart part) {
        return part.dtype() == DType.BF16;
    }

    /** Where weights of a part's slice will lie, given room for a tile of so many rows. */
    private Weights weights(CudaPart slice, long tile, long tileRows) {
        long stride = slice.paddedColumns();
        return inPlace(slice)
                ? new Weights(slice.codes(), 0, stride)
                : new Weights(tile, limits.fast() ? 0 : tile + tileRows * stride * Short.BYTES, stride);
    }

    private static void decode(Operation operation, CudaPart slice, Weights to) {
        if (!inPlace(slice)) {
            operation.launchOver(
                    slice.rows() * slice.paddedColumns() / PlaneFormat.CHUNK,
                    tiles(slice.dtype()),
                    "decodeHalves",
                    Products.planes(operation, slice)
                            .wide(slice.rows())
                            .integer(slice.columns())
                            .wide(to.high)
                            .wide(to.low));
        }
    }

    /** How many rows of a part are decoded at once. */
    private long tileRows(CudaPart part) {
        if (inPlace(part)) {
            return part.rows();
        }
        return ManyRows.fitting(part.rows(), limits.tileBytesMax(), tileBytes(part, 1), GRAIN);
    }

    private long tileBytes(CudaPart part, long rows) {
        return inPlace(part) ? 0 : halves() * rows * part.paddedColumns() * Short.BYTES;
    }

    /** Where sums go: rows of {@code stride} numbers; stacked, as many rows again below take those of low halves. */
    private record Sums(long address, long stride, boolean stacked) {}

    /** One sum of products, of {@code depth} each. */
    private record Sum(WeightRows weightRows, Split inputs, Weights weights, long depth, long outputs) {}

    /** The products that make a sum, in order; {@code add} to what is there. */
    private List<Product> products(Sum sum, Sums to, boolean add) {
        Split inputs = sum.inputs;
        Weights weights = sum.weights;
        List<Product> all = new ArrayList<>();
        if (limits.fast()) {
            all.add(product(sum, weights.high, inputs.address, inputs.rows, to, add));
        } else if (to.stacked) {
            all.add(product(sum, weights.high, inputs.address, 2 * inputs.rows, to, add));
            if (weights.low != 0) {
                all.add(product(sum, weights.low, inputs.address, inputs.rows, to, true));
            }
        } else { // the smaller ones first: less is rounded
            all.add(product(sum, weights.high, inputs.low(), inputs.rows, to, add));
            if (weights.low != 0) {
                all.add(product(sum, weights.low, inputs.address, inputs.rows, to, true));
            }
            all.add(product(sum, weights.high, inputs.address, inputs.rows, to, true));
        }
        return all;
    }

    private static Product product(Sum sum, long weights, long inputs, long rows, Sums to, boolean add) {
        ProductShape shape = new ProductShape(
                Numbers.BF16_TO_F32,
                sum.weightRows,
                rows,
                sum.outputs,
                sum.depth,
                sum.weights.stride,
                sum.inputs.stride,
                to.stride);
        return new Product(shape, weights, inputs, to.address, add);
    }

    private boolean has(List<Product> products) {
        return products.stream().allMatch(cublas::multiplies);
    }

    private void give(Operation operation, List<Product> products) {
        for (Product product : products) {
            cublas.multiply(product, operation.stream("cublasLtMatmul"));
        }
    }

    private static void sumStacked(Operation operation, Sums sums, long rows, long count, Target target) {
        operation.launchOver(
                rows * count,
                SPLIT,
                "sumHalves",
                target.appendTo(operation
                        .arguments()
                        .wide(sums.address)
                        .wide(rows)
                        .wide(sums.stride)
                        .wide(count)));
    }

    /** Scratch of a product. */
    private record Room(long split, long tile, long sums) {}

    /** y = x · partᵀ, or y += . */
    void forward(Operation operation, long x, long rows, CudaPart part, Target target) {
        long stride = part.paddedColumns();
        long block = ManyRows.block(rows, limits.splitBytesMax() / splitBytes(1, stride));
        boolean stacked = !limits.fast() && block <= STACKED_ROWS_MAX;
        long slice = tileRows(part);
        if (stacked) {
            slice = ManyRows.fitting(slice, limits.sumsBytesMax(), 2 * block * Float.BYTES, GRAIN);
        }
        Room room = new Room(
                operation.scratch(splitBytes(block, stride)),
                operation.scratch(tileBytes(part, slice)),
                operation.scratch(stacked ? 2 * block * ManyRows.roundUp(slice, STRIDE_GRAIN) * Float.BYTES : 0));
        for (long row = 0; row < rows; row += block) {
            long count = Math.min(block, rows - row);
            long from = x + row * part.columns() * Float.BYTES;
            Split inputs = new Split(room.split, count, stride);
            split(operation, new Rows(from, count, part.columns(), 0), part.columns(), inputs, !limits.fast());
            for (long output = 0; output < part.rows(); output += slice) {
                CudaPart some = part.slice(output, Math.min(part.rows(), output + slice));
                Target to = target.from(row).right(output);
                Weights weights = weights(some, room.tile, slice);
                if (!forward(operation, inputs, some, weights, stacked ? room.sums : 0, to)) {
                    Products.direct(operation, from, count, some, to);
                }
            }
        }
    }

    /** The same for halves and a slice of outputs; false, with nothing done, where the library cannot. */
    private boolean forward(
            Operation operation, Split inputs, CudaPart slice, Weights weights, long scratch, Target target) {
        boolean stacked = scratch != 0;
        Sums sums = stacked
                ? new Sums(scratch, ManyRows.roundUp(slice.rows(), STRIDE_GRAIN), true)
                : new Sums(target.address(), target.columns(), false);
        Sum sum = new Sum(WeightRows.OUTPUTS, inputs, weights, inputs.stride, slice.rows());
        List<Product> products = products(sum, sums, !stacked && target.add());
        if (!has(products)) {
            return false;
        }
        decode(operation, slice, weights);
        give(operation, products);
        if (stacked) {
            sumStacked(operation, sums, inputs.rows, slice.rows(), target);
        }
        return true;
    }

    /** One tile of a part in a backward; {@code column} is where its gradients begin. */
    private record Tile(CudaPart part, CudaPart slice, long column, Sum sum) {
        boolean isFirst() {
            return slice.codes() == part.codes();
        }
    }

    private List<Tile> tiles(CudaMatrix matrix, long rows, Room room) {
        List<Tile> all = new ArrayList<>();
        long column = 0;
        for (CudaPart part : matrix.parts()) {
            long tileRows = tileRows(part);
            Split gradients = new Split(room.split, rows, ManyRows.roundUp(part.rows(), STRIDE_GRAIN));
            for (long from = 0; from < part.rows(); from += tileRows) {
                CudaPart slice = part.slice(from, Math.min(part.rows(), from + tileRows));
                Weights weights = weights(slice, room.tile, tileRows);
                Split inputs = gradients.from(from);
                all.add(new Tile(
                        part, slice, column, new Sum(WeightRows.DEPTH, inputs, weights, slice.rows(), part.columns())));
            }
            column += part.rows();
        }
        return all;
    }

    /** Whether backward with the matrix and so many rows is for it. */
    static boolean servesTransposed(CudaMatrix matrix, long rows) {
        return matrix.parts().stream().allMatch(part -> serves(part.dtype(), rows));
    }

    /** dx = dy · W. */
    void transposed(Operation operation, long dy, long rows, CudaMatrix matrix, long dx) {
        long partRows = 0;
        long tileBytes = 0;
        for (CudaPart part : matrix.parts()) {
            partRows = Math.max(partRows, part.rows());
            tileBytes = Math.max(tileBytes, tileBytes(part, tileRows(part)));
        }
        long stride = ManyRows.roundUp(partRows, STRIDE_GRAIN);
        long block = ManyRows.block(rows, limits.splitBytesMax() / splitBytes(1, stride));
        boolean stacked = !limits.fast() && block <= STACKED_ROWS_MAX;
        long sumsStride = stacked ? ManyRows.roundUp(matrix.columns(), STRIDE_GRAIN) : matrix.columns();
        Room room = new Room(
                operation.scratch(splitBytes(block, stride)),
                operation.scratch(tileBytes),
                operation.scratch(stacked ? 2 * block * sumsStride * Float.BYTES : 0));
        for (long row = 0; row < rows; row += block) {
            Rows from = new Rows(dy + row * matrix.rows() * Float.BYTES, Math.min(block, rows - row), matrix.rows(), 0);
            Target to = new Target(dx + row * matrix.columns() * Float.BYTES, matrix.columns(), 0, false);
            Sums sums = new Sums(stacked ? room.sums : to.y(), sumsStride, stacked);
            if (!transposed(operation, from, matrix, room, sums)) {
                Products.transposedDirectly(operation, from.address, from.count, matrix, to.y());
            } else if (stacked) {
                sumStacked(operation, sums, from.count, matrix.columns(), to);
            }
        }
    }

    /** The same of some rows, to sums; false, with nothing done, where the library cannot. */
    private boolean transposed(Operation operation, Rows from, CudaMatrix matrix, Room room, Sums sums) {
        List<Tile> tiles = tiles(matrix, from.count, room);
        List<List<Product>> products = new ArrayList<>();
        for (Tile tile : tiles) {
            products.add(products(tile.sum, sums, !products.isEmpty()));
        }
        if (!products.stream().allMatch(this::has)) {
            return false;
        }
        for (int i = 0; i < tiles.size(); i++) {
            Tile tile = tiles.get(i);
            if (tile.isFirst()) {
                Rows gradients = new Rows(from.address, from.count, from.stride, tile.column);
                split(operation, gradients, tile.part.rows(), tile.sum.inputs, !limits.fast());
            }
            decode(operation, tile.slice, tile.sum.weights);
            give(operation, products.get(i));
        }
        return true;
    }
}
