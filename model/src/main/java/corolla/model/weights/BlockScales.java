package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.quant.NonFinite;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * What floats of eight bits are multiplied by: a scale for each square of 128 rows and columns, as DeepSeek-V3 is published
 * ({@code X_scale_inv} beside {@code X}); also one for each row, or one for all ({@code X_scale}). Immutable; lives as long as the arena
 * it was read into.
 *
 * @param scales f32 (matrices · squares down, squares across)
 * @param rowsOfMatrix how many rows one matrix has: squares do not go on into the next
 * @param rows of a square
 * @param columns of a square
 */
record BlockScales(Tensor scales, long rowsOfMatrix, long rows, long columns) {
    private static final int SQUARE = 128;

    /**
     * Reads the scales of a tensor of any type; others than floats of eight bits have none and are multiplied by one.
     *
     * @throws CheckpointException when they are missing, or of a shape that fits none of the three
     */
    static BlockScales read(Checkpoint checkpoint, TensorInfo info, Arena arena) throws IOException {
        Shape shape = info.shape();
        long rowsOfMatrix = shape.rank() < 2 ? 1 : shape.size(shape.rank() - 2);
        if (!info.dtype().isFloat8()) {
            Tensor one = Tensor.of(arena, new float[] {1}, 1, 1);
            return new BlockScales(one, shape.rows(), shape.rows(), shape.columns());
        }
        TensorInfo stored = find(checkpoint, info.name());
        Tensor read = checkpoint.read(stored.name(), arena);
        if (NonFinite.find(read).isPresent()) {
            throw new CheckpointException(checkpoint.path() + ": scales " + stored.name()
                    + " are not finite: the checkpoint is damaged, fetch it again");
        }
        Tensor floats = read.dtype() == DType.F32 ? read : Elements.convert(arena, read, DType.F32);
        if (floats.elements() == 1) {
            return new BlockScales(floats.reshape(1, 1), shape.rows(), shape.rows(), shape.columns());
        }
        if (stored.shape().equals(Shape.of(shape.rows(), 1)) || stored.shape().equals(Shape.of(shape.rows()))) {
            return new BlockScales(floats.reshape(shape.rows(), 1), shape.rows(), 1, shape.columns());
        }
        Shape squares = squares(shape);
        if (!stored.shape().equals(squares)) {
            throw new CheckpointException(checkpoint.path() + ": scales " + stored.name() + " have shape "
                    + stored.shape() + ", for " + info.name() + " " + shape + " they are " + squares
                    + " (squares of " + SQUARE + "), one a row, or one");
        }
        return new BlockScales(floats, rowsOfMatrix, SQUARE, SQUARE);
    }

    private static TensorInfo find(Checkpoint checkpoint, String name) throws IOException {
        var inverse = checkpoint.find(name + "_scale_inv");
        var found = inverse.isPresent() ? inverse : checkpoint.find(name + "_scale");
        return found.orElseThrow(() -> new CheckpointException(checkpoint.path() + ": tensor " + name
                + " has floats of eight bits, their scales " + name + "_scale_inv are missing"));
    }

    private static Shape squares(Shape shape) {
        long[] counts = shape.toArray();
        for (int i = Math.max(0, counts.length - 2); i < counts.length; i++) {
            counts[i] = (counts[i] + SQUARE - 1) / SQUARE;
        }
        return Shape.of(counts);
    }

    /** Decodes one row of the tensor, seen as a matrix. */
    void decodeRow(Tensor codes, long row, float[] out) {
        Elements.decodeRow(codes, row, out);
        long squaresDown = (rowsOfMatrix + rows - 1) / rows;
        long first = (row / rowsOfMatrix * squaresDown + row % rowsOfMatrix / rows) * scales.columns();
        for (int square = 0; square < scales.columns(); square++) {
            float scale = scales.getFloat(first + square);
            long end = Math.min(codes.columns(), (square + 1) * columns);
            for (int column = (int) (square * columns); column < end; column++) {
                out[column] *= scale;
            }
        }
    }
}
