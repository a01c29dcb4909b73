package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
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
    private final Arena passing;
    private final WeightsType type;
    private final Kernels kernels;

    /**
     * Keeps memory low: what the kernels re-pack, or is converted, need not outlive the loading.
     *
     * @param arena owns what is used later
     * @param passing owns the rest; the caller closes it once the matrices are made
     * @param kernels what makes the matrices
     */
    public WeightReader(Checkpoint checkpoint, Arena arena, Arena passing, WeightsType type, Kernels kernels) {
        this.checkpoint = checkpoint;
        this.arena = arena;
        this.passing = passing;
        this.type = type;
        this.kernels = kernels;
    }

    /**
     * A matrix in the wished type.
     *
     * @throws CheckpointException when it is missing or has another shape
     */
    public Tensor matrix(String name, long rows, long columns) throws IOException {
        return wished(read(name, Shape.of(rows, columns), true));
    }

    /** A vector in f32, as norms and biases are used. */
    public Tensor vector(String name, long size) throws IOException {
        return as(DType.F32, read(name, Shape.of(size), false));
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
        return read(name, Shape.of(shape), false);
    }

    /** A matrix in the wished type. */
    public Tensor wished(Tensor matrix) {
        return as(type.of(matrix.dtype()), matrix);
    }

    private Tensor read(String name, Shape expected, boolean wished) throws IOException {
        TensorInfo info = checkpoint
                .find(name)
                .orElseThrow(() -> new CheckpointException(checkpoint.path() + ": tensor " + name + " of shape "
                        + expected + " is missing, the checkpoint has "
                        + checkpoint.names().stream().limit(4).toList() + " and others"));
        if (!info.shape().equals(expected)) {
            throw new CheckpointException(checkpoint.path() + ": tensor " + name + " has shape " + info.shape()
                    + ", the configuration asks for " + expected);
        }
        Tensor tensor = checkpoint.read(name, isUsedLater(info.dtype(), wished) ? arena : passing);
        checkFinite(tensor, info);
        return tensor;
    }

    /** Plain numbers may be used as they are, unless they are converted; groups only by kernels that do not re-pack them. */
    private boolean isUsedLater(DType stored, boolean wished) {
        boolean converted = wished && type.of(stored) != stored;
        return !converted && (!stored.isQuantised() || kernels.keepsViews(stored));
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
