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
        return stacked(name, rows, columns);
    }

    /** Matrices one below the other, in the wished type. */
    public Tensor stacked(String name, long... shape) throws IOException {
        return wished(read(name, Shape.of(shape), this::placeOfMatrix));
    }

    /** A vector in f32, as norms and biases are used: {@link #kept} once it is as they need it. */
    public Tensor vector(String name, long size) throws IOException {
        Tensor stored = read(name, Shape.of(size), this::placeOfStored);
        return stored.dtype() == DType.F32 ? stored : Elements.convert(placeOfVectors(), stored, DType.F32);
    }

    /** A vector where the kernels use it. */
    public Tensor kept(Tensor vector) {
        return kernels.memory().keep(arena, vector);
    }

    /** What owns vectors until they are {@link #kept}. */
    public Arena placeOfVectors() {
        return kernels.memory().isApart() ? passing : arena;
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
        return read(name, Shape.of(shape), this::placeOfStored);
    }

    /** The same for a tensor that is needed only while the block is loaded. */
    public Tensor passing(String name, long... shape) throws IOException {
        return read(name, Shape.of(shape), dtype -> passing);
    }

    /** Matrices in the wished type. */
    public Tensor wished(Tensor matrix) {
        DType wished = type.of(matrix.dtype());
        return matrix.dtype() == wished ? matrix : Elements.convert(placeOf(wished), matrix, wished);
    }

    /** What owns a tensor that is made into a matrix: the kernels keep it, or copy what they need. */
    public Arena placeOf(DType dtype) {
        return kernels.keepsViews(dtype) ? arena : passing;
    }

    private Arena placeOfMatrix(DType stored) {
        return type.of(stored) == stored ? placeOf(stored) : passing;
    }

    /** Plain numbers may be used as they are, groups only as matrices. */
    private Arena placeOfStored(DType stored) {
        return stored.isQuantised() ? placeOf(stored) : placeOfVectors();
    }

    private interface Place {
        Arena of(DType stored);
    }

    private Tensor read(String name, Shape expected, Place place) throws IOException {
        TensorInfo info = checkpoint
                .find(name)
                .orElseThrow(() -> new CheckpointException(checkpoint.path() + ": tensor " + name + " of shape "
                        + expected + " is missing, the checkpoint has "
                        + checkpoint.names().stream().limit(4).toList() + " and others"));
        if (!info.shape().equals(expected)) {
            throw new CheckpointException(checkpoint.path() + ": tensor " + name + " has shape " + info.shape()
                    + ", the configuration asks for " + expected);
        }
        if (info.dtype().isFloat8()) {
            return decoded(info, place);
        }
        Tensor tensor = checkpoint.read(name, place.of(info.dtype()));
        checkFinite(tensor, info);
        return tensor;
    }

    /** Floats of eight bits come with scales, and no kernel multiplies them. */
    private Tensor decoded(TensorInfo info, Place place) throws IOException {
        DType wished = type.of(info.dtype());
        Tensor decoded = Tensor.allocate(place.of(wished), wished, info.shape().toArray());
        try (Arena stored = Arena.ofShared()) {
            Tensor codes = checkpoint.read(info.name(), stored);
            checkFinite(codes, info);
            BlockScales scales = BlockScales.read(checkpoint, info, stored);
            float[] row = new float[Math.toIntExact(codes.columns())];
            for (long i = 0; i < codes.rows(); i++) {
                scales.decodeRow(codes, i, row);
                Elements.encodeRow(row, decoded, i);
            }
        }
        return decoded;
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
}
