package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.quant.NonFinite;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.OptionalLong;

/**
 * Reads a checkpoint's tensors as a model needs them: of the expected shape, in the wished type. Confined to one thread.
 * Borrows both.
 */
public final class WeightReader {
    private final Checkpoint checkpoint;
    private final Arena arena;
    private final WeightsType type;

    /** @param arena owns what is read */
    public WeightReader(Checkpoint checkpoint, Arena arena, WeightsType type) {
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.type = type;
    }

    /**
     * A matrix in the wished type.
     *
     * @throws CheckpointException when it is missing or has another shape
     */
    public Tensor matrix(String name, long rows, long columns) throws IOException {
        Tensor stored = read(name, Shape.of(rows, columns));
        return as(type.of(stored.dtype()), stored);
    }

    /** A vector in f32, as norms and biases are used. */
    public Tensor vector(String name, long size) throws IOException {
        return as(DType.F32, read(name, Shape.of(size)));
    }

    /** Whether the checkpoint has a tensor of this name. */
    public boolean has(String name) throws IOException {
        return checkpoint.find(name).isPresent();
    }

    /**
     * A tensor of any rank as it is stored.
     *
     * @throws CheckpointException when it is missing or has another shape
     */
    public Tensor stored(String name, long... shape) throws IOException {
        return read(name, Shape.of(shape));
    }

    /** A matrix in the wished type. */
    public Tensor wished(Tensor matrix) {
        return as(type.of(matrix.dtype()), matrix);
    }

    private Tensor read(String name, Shape expected) throws IOException {
        TensorInfo info = checkpoint
                .find(name)
                .orElseThrow(() -> new CheckpointException(checkpoint.path() + ": tensor " + name + " of shape "
                        + expected + " is missing, the checkpoint has "
                        + checkpoint.names().stream().limit(4).toList() + " and others"));
        if (!info.shape().equals(expected)) {
            throw new CheckpointException(checkpoint.path() + ": tensor " + name + " has shape " + info.shape()
                    + ", the configuration asks for " + expected);
        }
        Tensor tensor = checkpoint.read(name, arena);
        checkFinite(tensor, info);
        return tensor;
    }

    /** Touches all of the tensor: a mapped file that cannot be read any more shows itself here, and not in a kernel. */
    private void checkFinite(Tensor tensor, TensorInfo info) throws CheckpointException {
        OptionalLong bad;
        try {
            bad = NonFinite.find(tensor);
        } catch (InternalError cut) { // how the JVM tells that a mapped page is gone
            throw new CheckpointException(
                    checkpoint.path() + ": tensor " + info.name()
                            + " cannot be read: the file was cut or its disk failed while it was in use",
                    cut);
        }
        if (bad.isPresent()) {
            long row = bad.getAsLong() / tensor.columns();
            throw new CheckpointException(checkpoint.path() + ": tensor " + info.name() + " " + info.dtype() + " "
                    + info.shape() + " is not finite (NaN or infinite) at row " + row + ", column "
                    + bad.getAsLong() % tensor.columns() + ": the checkpoint is damaged, fetch it again");
        }
    }

    private Tensor as(DType dtype, Tensor tensor) {
        return tensor.dtype() == dtype ? tensor : Elements.convert(arena, tensor, dtype);
    }
}
