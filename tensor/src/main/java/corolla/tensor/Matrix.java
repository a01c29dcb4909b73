package corolla.tensor;

/**
 * Weights of a linear map, (rows = outputs, columns = inputs), in the form that the {@link Kernels} which made it reads
 * fastest: a view of the checkpoint's memory or a re-packed copy. Read-only and thread-safe; lives as long as the arena
 * given to {@link Kernels#matrix} and, where it is a view, the memory of its parts.
 */
public interface Matrix {

    /** Size of an output. */
    long rows();

    /** Size of an input. */
    long columns();

    /** The type the weights came in; that of the first part where parts differ. */
    DType dtype();

    /** Memory that one pass over the matrix reads. */
    long bytes();
}
