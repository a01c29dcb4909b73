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
 * The projection of latents to keys and values, taken apart.
 *
 * @param keys of each head (L, N): from the plain part of a query to the latents' space
 * @param values of each head (V, L)
 */
record LatentWeights(GroupMatrix keys, GroupMatrix values) {

    /**
     * From one tensor. Quantised weights of keys are kept in f32, as they are needed by columns.
     *
     * @param stored (heads · (N + V), L): of each head the rows of its key, then those of its value
     * @param arena owns the matrices
     * @param place owns what they are made of
     */
    static LatentWeights together(
            Tensor stored, int heads, LatentConfig config, Kernels kernels, Arena arena, Arena place) {
        Tensor plain = stored.dtype().isQuantised() ? Elements.convert(place, stored, DType.F32) : stored;
        List<Matrix> keys = new ArrayList<>();
        List<Matrix> values = new ArrayList<>();
        for (int head = 0; head < heads; head++) {
            long row = (long) head * (config.plainSize() + config.valueSize());
            long middle = row + config.plainSize();
            keys.add(kernels.matrix(arena, transposed(plain.slice(row, middle), place)));
            values.add(kernels.matrix(arena, stored.slice(middle, middle + config.valueSize())));
        }
        return new LatentWeights(new GroupMatrix(keys, null), new GroupMatrix(values, null));
    }

    /**
     * From two tensors that lie as they are used.
     *
     * @param keys (heads, L, N)
     * @param values (heads, V, L)
     * @param arena owns the matrices
     */
    static LatentWeights apart(Tensor keys, Tensor values, Kernels kernels, Arena arena) {
        return new LatentWeights(parts(keys, kernels, arena), parts(values, kernels, arena));
    }

    private static GroupMatrix parts(Tensor stacked, Kernels kernels, Arena arena) {
        List<Matrix> matrices = new ArrayList<>();
        for (int head = 0; head < stacked.shape().size(0); head++) {
            matrices.add(kernels.matrix(arena, stacked.part(head)));
        }
        return new GroupMatrix(matrices, null);
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
