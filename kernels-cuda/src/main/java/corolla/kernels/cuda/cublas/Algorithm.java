package corolla.kernels.cuda.cublas;

import corolla.kernels.cuda.cublas.CublasLt.Descriptors;
import corolla.kernels.cuda.cublas.ProductShape.Numbers;
import corolla.kernels.cuda.cublas.ProductShape.WeightRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * How cuBLASLt makes the products of one {@link Product.Key}: its descriptors, and what its heuristic chose. Calls keep neither, so closing waits for no work.
 *
 * @param arena holds all of it
 * @param result begins with the algorithm
 */
record Algorithm(Arena arena, Descriptors descriptors, MemorySegment result) implements AutoCloseable {

    /**
     * Asks the library.
     *
     * @param workspaceBytes what algorithms may take
     * @return empty where it has none
     */
    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    static Optional<Algorithm> find(CublasLt library, MemorySegment handle, Product.Key key, long workspaceBytes) {
        Arena arena = Arena.ofShared();
        try {
            Descriptors descriptors = describe(library, arena, key.shape());
            MemorySegment preference = preference(library, arena, key, workspaceBytes);
            MemorySegment result = arena.allocate(CublasLt.RESULT);
            if (library.choose(handle, descriptors, preference, result, key.shape())) {
                return Optional.of(new Algorithm(arena, descriptors, result));
            }
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
        arena.close();
        return Optional.empty();
    }

    /**
     * In cuBLASLt's words, where matrices lie column after column, outputs (outputs, rows) = op(weights) · inputs (depth, rows): ours have the same bytes.
     */
    @SuppressWarnings("restricted") // the arena destroys what was created
    static Descriptors describe(CublasLt library, Arena arena, ProductShape shape) {
        Numbers numbers = shape.numbers();
        MemorySegment operation = library.createOperation(numbers.compute(), numbers.scale())
                .reinterpret(arena, library::destroyOperation);
        boolean transposes = shape.weightRows() == WeightRows.OUTPUTS;
        CublasNumber op = transposes ? CublasNumber.CUBLAS_OP_T : CublasNumber.CUBLAS_OP_N;
        library.set(operation, CublasNumber.CUBLASLT_MATMUL_DESC_TRANSA, op);
        library.set(operation, CublasNumber.CUBLASLT_MATMUL_DESC_TRANSB, CublasNumber.CUBLAS_OP_N);
        long weightColumns = transposes ? shape.depth() : shape.outputs();
        long weightRows = transposes ? shape.outputs() : shape.depth();
        return new Descriptors(
                operation,
                layout(library, arena, numbers.factors(), weightColumns, weightRows, shape.weightStride()),
                layout(library, arena, numbers.factors(), shape.depth(), shape.rows(), shape.inputStride()),
                layout(library, arena, numbers.results(), shape.outputs(), shape.rows(), shape.outputStride()));
    }

    @SuppressWarnings("restricted") // the arena destroys what was created
    private static MemorySegment layout(
            CublasLt library, Arena arena, CublasNumber type, long rows, long columns, long stride) {
        return library.createLayout(type, rows, columns, stride).reinterpret(arena, library::destroyLayout);
    }

    @SuppressWarnings("restricted") // the arena destroys what was created
    static MemorySegment preference(CublasLt library, Arena arena, Product.Key key, long workspaceBytes) {
        MemorySegment preference = library.createPreference().reinterpret(arena, library::destroyPreference);
        library.prefer(preference, CublasNumber.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspaceBytes);
        library.prefer(preference, CublasNumber.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.weights());
        library.prefer(preference, CublasNumber.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.inputs());
        library.prefer(preference, CublasNumber.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.outputs());
        library.prefer(preference, CublasNumber.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.outputs());
        return preference;
    }

    @Override
    public void close() {
        arena.close();
    }
}
