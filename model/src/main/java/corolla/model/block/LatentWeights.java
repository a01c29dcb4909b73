package corolla.model.block;

import corolla.model.family.LatentConfig;
import corolla.tensor.DType;
import corolla.tensor.GroupMatrix;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the projection of latents to keys and values apart. Lives while a block is loaded.
 *
 * @param stored (heads · (N + V), L): of each head the rows of its key, then those of its value
 * @param arena owns the matrices
 * @param place owns what they are made of
 */
record LatentWeights(Tensor stored, int heads, LatentConfig config, Kernels kernels, Arena arena, Arena place) {

    /** Of each head (L, N): from the plain part of a query to the latents' space. Quantised weights are kept in f32. */
    GroupMatrix keys() {
        Tensor plain = stored.dtype().isQuantised() ? Elements.convert(place, stored, DType.F32) : stored;
        List<Matrix> matrices = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            long row = row(head);
            matrices.add(kernels.matrix(arena, transposed(plain.slice(row, row + config.plainSize()), place)));
        }
        return new GroupMatrix(matrices, null);
    }

    /** Of each head (V, L). */
    GroupMatrix values() {
        List<Matrix> matrices = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            long row = row(head) + config.plainSize();
            matrices.add(kernels.matrix(arena, stored.slice(row, row + config.valueSize())));
        }
        return new GroupMatrix(matrices, null);
    }

    private long row(int head) {
        return (long) head * (config.plainSize() + config.valueSize());
    }

    /**
     * A copy with rows for columns.
     *
     * @throws IllegalArgumentException when elements have neither 2 nor 4 bytes
     */
    static Tensor transposed(Tensor matrix, Arena arena) {
        Tensor turned = Tensor.allocate(arena, matrix.dtype(), matrix.columns(), matrix.rows());
        switch (matrix.dtype()) {
            case F32 -> turn(matrix, turned, ValueLayout.JAVA_INT_UNALIGNED);
            case BF16, F16 -> turn(matrix, turned, ValueLayout.JAVA_SHORT_UNALIGNED);
            default -> throw new IllegalArgumentException("cannot transpose " + matrix);
        }
        return turned;
    }

    private static void turn(Tensor matrix, Tensor turned, ValueLayout.OfInt layout) {
        long rows = matrix.rows();
        long columns = matrix.columns();
        for (long row = 0; row < rows; row++) {
            for (long column = 0; column < columns; column++) {
                int bits = matrix.data().getAtIndex(layout, row * columns + column);
                turned.data().setAtIndex(layout, column * rows + row, bits);
            }
        }
    }

    private static void turn(Tensor matrix, Tensor turned, ValueLayout.OfShort layout) {
        long rows = matrix.rows();
        long columns = matrix.columns();
        for (long row = 0; row < rows; row++) {
            for (long column = 0; column < columns; column++) {
                short bits = matrix.data().getAtIndex(layout, row * columns + column);
                turned.data().setAtIndex(layout, column * rows + row, bits);
            }
        }
    }
}
