package corolla.kernels.cuda;

import corolla.kernels.cuda.Products.Target;
import corolla.kernels.cuda.SplitRows.Kept;
import corolla.kernels.cuda.SplitRows.Source;
import corolla.kernels.cuda.SplitRows.Sums;
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
    /**
     * Up to so many rows, high halves lie above low ones and the weights are read once for both. From there on a product takes longer than reading its weights (an
     * H100 does some 300 operations in the time of a byte, and a row asks for one a byte of bf16), and what each adds to the results needs no scratch.
     */
    private static final int STACKED_ROWS_MAX = 256;

    /** Compiles what forward and backward with this type need. */
    void prepare(KernelModules modules, DType dtype) {
        if (dtype != DType.F32) {
            modules.prepare(SplitRows.SOURCE);
            SplitWeights.prepare(modules, dtype);
        }
    }

    /** Whether such a product is for it: who keeps weights in f32 wants the arithmetic, too. */
    static boolean serves(DType dtype, long rows) {
        return dtype != DType.F32 && rows >= ManyRows.ROWS_MIN;
    }

    /** Whether backward with the matrix and so many rows is for it. */
    static boolean servesTransposed(CudaMatrix matrix, long rows) {
        return matrix.parts().stream().allMatch(part -> serves(part.dtype(), rows));
    }

    private Kept kept() {
        return limits.fast() ? Kept.HIGH : Kept.BOTH;
    }

    /** How rows are cut: {@code count} at a time, {@code splitRows} in halves. */
    private record Blocks(long count, long splitRows, boolean stacked) {}

    private Blocks blocks(long rows, long stride) {
        long count = ManyRows.block(rows, limits.splitBytesMax() / SplitRows.bytes(1, stride, kept()));
        boolean stacked = !limits.fast() && count <= STACKED_ROWS_MAX;
        return new Blocks(count, stacked ? ManyRows.roundUp(count, ManyRows.ROWS_GRAIN) : count, stacked);
    }

    /** Scratch of one operation. */
    private record Room(Blocks blocks, long split, long tile, long sums) {
        /** For so many rows' halves. */
        SplitRows rows(long count, long stride) {
            return new SplitRows(split, blocks.stacked ? blocks.splitRows : count, stride);
        }
    }

    private Room room(Operation operation, Blocks blocks, long stride, long tileBytes, long outputs) {
        return new Room(
                blocks,
                operation.scratch(SplitRows.bytes(blocks.splitRows, stride, kept())),
                operation.scratch(tileBytes),
                operation.scratch(blocks.stacked ? Sums.bytes(blocks.splitRows, stride(outputs)) : 0));
    }

    /** Elements from a row to the next where {@code columns} are wanted. */
    private static long stride(long columns) {
        return ManyRows.roundUp(columns, SplitRows.STRIDE_GRAIN);
    }

    /** y = x · partᵀ, or y += . */
    void forward(Operation operation, long x, long rows, CudaPart part, Target target) {
        long columns = part.columns();
        Blocks blocks = blocks(rows, part.paddedColumns());
        long atOnce = SplitWeights.rowsAtOnce(part, limits.tileBytesMax(), kept());
        if (blocks.stacked) {
            long sumBytes = Sums.bytes(blocks.splitRows, 1);
            atOnce = ManyRows.fitting(atOnce, limits.sumsBytesMax(), sumBytes, SplitWeights.GRAIN);
        }
        long tileBytes = SplitWeights.tileBytes(part, atOnce, kept());
        Room room = room(operation, blocks, part.paddedColumns(), tileBytes, atOnce);
        for (long row = 0; row < rows; row += blocks.count) {
            long count = Math.min(blocks.count, rows - row);
            Source from = new Source(x + row * columns * Float.BYTES, count, columns, 0, columns);
            SplitRows inputs = room.rows(count, part.paddedColumns());
            inputs.fill(operation, from, kept());
            for (long output = 0; output < part.rows(); output += atOnce) {
                CudaPart slice = part.slice(output, Math.min(part.rows(), output + atOnce));
                Target to = target.from(row).right(output);
                if (!forward(operation, inputs, slice, room, new Results(count, to))) {
                    Products.direct(operation, from.address(), count, slice, to);
                }
            }
        }
    }

    /** Where the first {@code count} rows of results go. */
    private record Results(long count, Target target) {}

    /** Some outputs; false, with nothing done, where the library cannot. */
    private boolean forward(Operation operation, SplitRows inputs, CudaPart slice, Room room, Results to) {
        SplitWeights weights = SplitWeights.of(slice, room.tile, kept());
        Sum sum = new Sum(WeightRows.OUTPUTS, inputs, weights, inputs.stride(), slice.rows());
        Sums sums = new Sums(room.sums, inputs.rows(), stride(slice.rows()));
        List<Product> products =
                room.blocks.stacked ? stacked(sum, sums, false) : direct(sum, to.target, to.target.add());
        if (!products.stream().allMatch(cublas::multiplies)) {
            return false;
        }
        weights.decode(operation);
        give(operation, products);
        if (room.blocks.stacked) {
            sums.addTo(operation, to.count, slice.rows(), to.target);
        }
        return true;
    }

    private void give(Operation operation, List<Product> products) {
        for (Product product : products) {
            cublas.multiply(product, operation.stream("cublasLtMatmul"));
        }
    }

    /** A sum of {@code depth} products for each row and output. */
    private record Sum(WeightRows weightRows, SplitRows inputs, SplitWeights weights, long depth, long outputs) {
        ProductShape shape(long rows, long outputStride) {
            return new ProductShape(
                    Numbers.BF16_TO_F32,
                    weightRows,
                    rows,
                    outputs,
                    depth,
                    weights.stride(),
                    inputs.stride(),
                    outputStride);
        }
    }

    /** What makes a sum of halves that lie one above the other, in order; {@code add} to what is there. */
    private static List<Product> stacked(Sum sum, Sums to, boolean add) {
        SplitRows inputs = sum.inputs;
        SplitWeights weights = sum.weights;
        List<Product> all = new ArrayList<>();
        ProductShape both = sum.shape(2 * inputs.rows(), to.stride());
        all.add(new Product(both, weights.high(), inputs.address(), to.address(), add));
        if (weights.low() != 0) {
            ProductShape high = sum.shape(inputs.rows(), to.stride());
            all.add(new Product(high, weights.low(), inputs.address(), to.address(), true));
        }
        return all;
    }

    /** The same straight to the target; the smaller products first, so that less is rounded. */
    private List<Product> direct(Sum sum, Target to, boolean add) {
        SplitRows inputs = sum.inputs;
        SplitWeights weights = sum.weights;
        ProductShape shape = sum.shape(inputs.rows(), to.columns());
        if (kept() == Kept.HIGH) {
            return List.of(new Product(shape, weights.high(), inputs.address(), to.address(), add));
        }
        List<Product> all = new ArrayList<>();
        all.add(new Product(shape, weights.high(), inputs.low(), to.address(), add));
        if (weights.low() != 0) {
            all.add(new Product(shape, weights.low(), inputs.address(), to.address(), true));
        }
        all.add(new Product(shape, weights.high(), inputs.address(), to.address(), true));
        return all;
    }

    /** dx = dy · W. */
    void transposed(Operation operation, long dy, long rows, CudaMatrix matrix, long dx) {
        long widest = 0;
        long tileBytes = 0;
        for (CudaPart part : matrix.parts()) {
            long atOnce = SplitWeights.rowsAtOnce(part, limits.tileBytesMax(), kept());
            widest = Math.max(widest, stride(part.rows()));
            tileBytes = Math.max(tileBytes, SplitWeights.tileBytes(part, atOnce, kept()));
        }
        Blocks blocks = blocks(rows, widest);
        Room room = room(operation, blocks, widest, tileBytes, matrix.columns());
        for (long row = 0; row < rows; row += blocks.count) {
            long count = Math.min(blocks.count, rows - row);
            Source from = new Source(dy + row * matrix.rows() * Float.BYTES, count, matrix.rows(), 0, matrix.rows());
            Target to = new Target(dx + row * matrix.columns() * Float.BYTES, matrix.columns(), 0, false);
            if (!transposed(operation, from, matrix, room, to)) {
                Products.transposedDirectly(operation, from.address(), count, matrix, to.address());
            }
        }
    }

    /** One tile of a backward; {@code column} is where its part's gradients begin. */
    private record Tile(CudaPart part, long column, Sum sum) {
        boolean isFirst() {
            return sum.weights.slice().codes() == part.codes();
        }

        /** Splits the gradients of its part. */
        void fill(Operation operation, Source all, Kept kept) {
            Source own = new Source(all.address(), all.rows(), all.stride(), column, part.rows());
            sum.inputs.fill(operation, own, kept);
        }
    }

    /** Some rows; false, with nothing done, where the library cannot. */
    private boolean transposed(Operation operation, Source from, CudaMatrix matrix, Room room, Target to) {
        Sums sums = new Sums(room.sums, room.blocks.splitRows, stride(matrix.columns()));
        List<Tile> tiles = tiles(matrix, from.rows(), room);
        List<List<Product>> products = new ArrayList<>();
        for (Tile tile : tiles) {
            boolean add = !products.isEmpty();
            products.add(room.blocks.stacked ? stacked(tile.sum, sums, add) : direct(tile.sum, to, add));
        }
        if (!products.stream().flatMap(List::stream).allMatch(cublas::multiplies)) {
            return false;
        }
        for (int i = 0; i < tiles.size(); i++) {
            Tile tile = tiles.get(i);
            if (tile.isFirst()) {
                tile.fill(operation, from, kept());
            }
            tile.sum.weights.decode(operation);
            give(operation, products.get(i));
        }
        if (room.blocks.stacked) {
            sums.addTo(operation, from.rows(), matrix.columns(), to);
        }
        return true;
    }

    private List<Tile> tiles(CudaMatrix matrix, long rows, Room room) {
        List<Tile> all = new ArrayList<>();
        long column = 0;
        for (CudaPart part : matrix.parts()) {
            long atOnce = SplitWeights.rowsAtOnce(part, limits.tileBytesMax(), kept());
            SplitRows gradients = room.rows(rows, stride(part.rows()));
            for (long from = 0; from < part.rows(); from += atOnce) {
                CudaPart slice = part.slice(from, Math.min(part.rows(), from + atOnce));
                SplitWeights weights = SplitWeights.of(slice, room.tile, kept());
                SplitRows inputs = gradients.from(from);
                all.add(new Tile(
                        part, column, new Sum(WeightRows.DEPTH, inputs, weights, slice.rows(), part.columns())));
            }
            column += part.rows();
        }
        return all;
    }
}
