package corolla.kernels.cpu;

import corolla.base.compute.Member;
import corolla.kernels.cpu.onednn.Products;
import corolla.kernels.cpu.vector.DotPart;
import corolla.kernels.cpu.vector.Elementwise;
import corolla.kernels.cpu.vector.Int8Part;
import corolla.kernels.cpu.vector.Part;
import corolla.tensor.Check;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Chooses the code for a product; the table is in the package's description. */
final class Linear {
    /** Up to so many rows the Vector API, which streams weights faster and decodes no tiles first, is ahead of oneDNN. */
    private static final int VECTOR_ROWS_MAX = 4;

    /** Up to so many rows machine code is, a border for each kind of code: measured from 1 to 64 rows, matrices of 2048 x 2048 and 2048 x 8192. */
    private static final int BFLOAT16_ROWS_MAX = 8;

    private static final int FLOAT16_ROWS_MAX = 16;
    private static final int PANEL_ROWS_MAX = 32;

    private final ScratchPool pool;

    Linear(ScratchPool pool) {
        this.pool = pool;
    }

    /** y = x · wᵀ, or y += with {@code add}. */
    void forward(Member me, Tensor x, Matrix w, Tensor y, boolean add) {
        forward(me, x, w, y, add, x.rows(), x.rows());
    }

    /**
     * The same for some rows out of a batch, by the code that serves the whole batch.
     *
     * @param batch rows of the batch
     * @param typical how many of them usually come together: decides for quantised weights, whose bits may depend on it
     */
    void forward(Member me, Tensor x, Matrix w, Tensor y, boolean add, long batch, long typical) {
        CpuMatrix matrix = own(w);
        Check.linear(x, w.columns(), y, w.rows());
        requireNative(x);
        requireNative(y);
        Scratch scratch = pool.take(me);
        try {
            long column = 0;
            for (Part part : matrix.parts()) {
                switch (part) {
                    case Int8Part int8 -> Int8Products.forward(me, scratch, x, int8, y, column, add);
                    case DotPart dots -> {
                        long together = together(dots, batch, typical);
                        forward(me, scratch, x, dots, y, column, add, together);
                    }
                }
                column += part.rows();
            }
        } finally {
            pool.give(me, scratch);
        }
    }

    private static void forward(
            Member me, Scratch scratch, Tensor x, DotPart part, Tensor y, long column, boolean add, long together) {
        @Nullable Products products = scratch.products();
        if (products != null && together >= batchRowsMin(part)) {
            BatchProducts.forward(me, scratch, products, x, part, y, column, add, together);
        } else {
            VectorProducts.forward(me, scratch, x, part, y, column, add);
        }
    }

    /** Adds to the columns that this member's share of {@link #forward} wrote. */
    void addBias(Member me, Matrix w, Tensor bias, Tensor y) {
        Check.bias(w, bias, y);
        long column = 0;
        for (Part part : own(w).parts()) {
            long from = column + me.shareStart(part.rows(), VectorProducts.GRAIN);
            long to = column + me.shareEnd(part.rows(), VectorProducts.GRAIN);
            for (long row = 0; row < y.rows(); row++) {
                long at = row * y.rowBytes() + 4 * from;
                Elementwise.add(bias.data(), 4 * from, y.data(), at, Math.toIntExact(to - from));
            }
            column += part.rows();
        }
    }

    /** How many rows decide by what code each of them is multiplied. */
    private static long together(Part part, long batch, long typical) {
        return switch (part.dtype()) {
            case F32, BF16, F16 -> batch;
            default -> typical;
        };
    }

    /** From so many rows on oneDNN multiplies them. */
    private static long batchRowsMin(DotPart part) {
        return switch (part.dtype()) {
            case F32 -> 0;
            case BF16 -> 1 + (part.isMachineCode() ? BFLOAT16_ROWS_MAX : VECTOR_ROWS_MAX);
            case F16 -> 1 + (part.isMachineCode() ? FLOAT16_ROWS_MAX : VECTOR_ROWS_MAX);
            default -> 1 + (part.isMachineCode() ? PANEL_ROWS_MAX : VECTOR_ROWS_MAX);
        };
    }

    /** dx = dy · w. */
    void transposed(Member me, Tensor dy, Matrix w, Tensor dx) {
        CpuMatrix matrix = own(w);
        Check.linear(dy, w.rows(), dx, w.columns());
        requireNative(dy);
        requireNative(dx);
        long from = me.shareStart(w.columns(), VectorProducts.GRAIN);
        long to = me.shareEnd(w.columns(), VectorProducts.GRAIN);
        if (from == to) {
            return;
        }
        for (long row = 0; row < dx.rows(); row++) {
            dx.data().asSlice(row * dx.rowBytes() + 4 * from, 4 * (to - from)).fill((byte) 0);
        }
        Scratch scratch = pool.take(me);
        try {
            long column = 0;
            for (Part part : matrix.parts()) {
                transposed(scratch, dy, column, part, dx, from, to);
                column += part.rows();
            }
        } finally {
            pool.give(me, scratch);
        }
    }

    private static void transposed(Scratch scratch, Tensor dy, long column, Part part, Tensor dx, long from, long to) {
        @Nullable Products products = scratch.products();
        if (products != null) {
            BatchProducts.transposed(scratch, products, dy, column, part, dx, from, to);
        } else {
            VectorProducts.transposed(scratch, dy, column, part, dx, from, to);
        }
    }

    static CpuMatrix own(Matrix w) {
        return Check.own(CpuMatrix.class, w);
    }

    /** oneDNN reads addresses. */
    private static void requireNative(Tensor tensor) {
        if (!tensor.data().isNative()) {
            throw new IllegalArgumentException("tensor " + tensor + " lies in the heap, kernels need native memory");
        }
    }
}
