package corolla.kernels.cuda.cublas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.driver.DeviceMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The functions of cuBLASLt 12 and 13 that Corolla calls. Calls that take a handle want the calling thread's context to be the device's. Thread-safe, as
 * the library is.
 */
@SuppressWarnings("restricted") // native access is what this class is for
final class CublasLt {
    private static final int TEXT_BYTES_MAX = 256;

    /** What is bound, by NVIDIA's names. The interop tests hold it against NVIDIA's header. */
    static final Map<String, FunctionDescriptor> FUNCTIONS = Map.ofEntries(
            Map.entry("cublasLtGetVersion", FunctionDescriptor.of(JAVA_LONG)),
            Map.entry("cublasLtGetStatusName", FunctionDescriptor.of(ADDRESS, JAVA_INT)),
            status("cublasLtCreate", ADDRESS),
            status("cublasLtDestroy", ADDRESS),
            status("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT),
            status("cublasLtMatmulDescDestroy", ADDRESS),
            status("cublasLtMatmulDescSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG),
            status("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            status("cublasLtMatrixLayoutDestroy", ADDRESS),
            status("cublasLtMatmulPreferenceCreate", ADDRESS),
            status("cublasLtMatmulPreferenceDestroy", ADDRESS),
            status("cublasLtMatmulPreferenceSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG),
            status(
                    "cublasLtMatmulAlgoGetHeuristic",
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    JAVA_INT,
                    ADDRESS,
                    ADDRESS),
            // Addresses of the device are numbers.
            status(
                    "cublasLtMatmul",
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    JAVA_LONG,
                    ADDRESS));

    /** cublasLtMatmulHeuristicResult_t. */
    static final MemoryLayout RESULT = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(8, JAVA_LONG).withName("algo"),
            JAVA_LONG.withName("workspaceSize"),
            JAVA_INT.withName("state"),
            JAVA_FLOAT.withName("wavesCount"),
            MemoryLayout.sequenceLayout(4, JAVA_INT).withName("reserved"));

    private static final long STATE = RESULT.byteOffset(PathElement.groupElement("state"));

    private final MethodHandle getVersion;
    private final MethodHandle getStatusName;
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle descCreate;
    private final MethodHandle descDestroy;
    private final MethodHandle descSetAttribute;
    private final MethodHandle layoutCreate;
    private final MethodHandle layoutDestroy;
    private final MethodHandle preferenceCreate;
    private final MethodHandle preferenceDestroy;
    private final MethodHandle preferenceSetAttribute;
    private final MethodHandle getHeuristic;
    private final MethodHandle matmul;

    private CublasLt(SymbolLookup library) {
        getVersion = handle(library, "cublasLtGetVersion");
        getStatusName = handle(library, "cublasLtGetStatusName");
        create = handle(library, "cublasLtCreate");
        destroy = handle(library, "cublasLtDestroy");
        descCreate = handle(library, "cublasLtMatmulDescCreate");
        descDestroy = handle(library, "cublasLtMatmulDescDestroy");
        descSetAttribute = handle(library, "cublasLtMatmulDescSetAttribute");
        layoutCreate = handle(library, "cublasLtMatrixLayoutCreate");
        layoutDestroy = handle(library, "cublasLtMatrixLayoutDestroy");
        preferenceCreate = handle(library, "cublasLtMatmulPreferenceCreate");
        preferenceDestroy = handle(library, "cublasLtMatmulPreferenceDestroy");
        preferenceSetAttribute = handle(library, "cublasLtMatmulPreferenceSetAttribute");
        getHeuristic = handle(library, "cublasLtMatmulAlgoGetHeuristic");
        matmul = handle(library, "cublasLtMatmul");
    }

    private static Map.Entry<String, FunctionDescriptor> status(String name, MemoryLayout... arguments) {
        return Map.entry(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /**
     * Opens the library, where there is one.
     *
     * @throws IllegalArgumentException when a function is missing in it
     */
    static Optional<CublasLt> open(CudaLibraries libraries) {
        return libraries.open("libcublasLt.so.13", "libcublasLt.so.12").map(CublasLt::new);
    }

    private static MethodHandle handle(SymbolLookup library, String name) {
        MemorySegment function = library.find(name)
                .orElseThrow(() -> new IllegalArgumentException("libcublasLt has no function " + name));
        return Linker.nativeLinker().downcallHandle(function, FUNCTIONS.get(name));
    }

    /** A native call; only wrappers of method handles throw. */
    private interface Call {
        int run() throws Throwable;
    }

    private interface CreateCall {
        int run(MemorySegment out) throws Throwable;
    }

    private static int status(Supplier<String> tried, Call call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw new CublasException(tried.get(), e);
        }
    }

    private void call(Supplier<String> tried, Call call) {
        require(tried, status(tried, call));
    }

    private void require(Supplier<String> tried, int status) {
        if (status != CublasNumber.CUBLAS_STATUS_SUCCESS.value()) {
            throw new CublasException(tried.get(), status, name(status));
        }
    }

    private String name(int status) {
        try {
            MemorySegment found = (MemorySegment) getStatusName.invokeExact(status);
            return found.reinterpret(TEXT_BYTES_MAX).getString(0);
        } catch (Throwable e) {
            throw new CublasException("cublasLtGetStatusName", e);
        }
    }

    private MemorySegment created(Supplier<String> tried, CreateCall call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call(tried, () -> call.run(out));
            return out.get(ADDRESS, 0);
        }
    }

    /** For example {@code 12.6.4}. */
    String version() {
        try {
            long number = (long) getVersion.invokeExact();
            return number / 10000 + "." + number / 100 % 100 + "." + number % 100;
        } catch (Throwable e) {
            throw new CublasException("cublasLtGetVersion", e);
        }
    }

    /** A handle for the calling thread's device. */
    MemorySegment create() {
        return created(() -> "cublasLtCreate", out -> (int) create.invokeExact(out));
    }

    void destroy(MemorySegment handle) {
        call(() -> "cublasLtDestroy", () -> (int) destroy.invokeExact(handle));
    }

    MemorySegment createOperation(CublasNumber compute, CublasNumber scale) {
        return created(() -> "cublasLtMatmulDescCreate for " + compute + " and " + scale, out ->
                (int) descCreate.invokeExact(out, compute.value(), scale.value()));
    }

    void destroyOperation(MemorySegment operation) {
        call(() -> "cublasLtMatmulDescDestroy", () -> (int) descDestroy.invokeExact(operation));
    }

    /** Sets an attribute that is an {@code int32_t}. */
    void set(MemorySegment operation, CublasNumber attribute, CublasNumber value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocateFrom(JAVA_INT, value.value());
            call(() -> "cublasLtMatmulDescSetAttribute of " + attribute + " to " + value, () ->
                    (int) descSetAttribute.invokeExact(operation, attribute.value(), number, number.byteSize()));
        }
    }

    /** A matrix that lies column after column, as cuBLASLt counts. */
    MemorySegment createLayout(CublasNumber type, long rows, long columns, long stride) {
        return created(
                () -> "cublasLtMatrixLayoutCreate of " + type + " (" + rows + ", " + columns + "), stride " + stride,
                out -> (int) layoutCreate.invokeExact(out, type.value(), rows, columns, stride));
    }

    void destroyLayout(MemorySegment layout) {
        call(() -> "cublasLtMatrixLayoutDestroy", () -> (int) layoutDestroy.invokeExact(layout));
    }

    MemorySegment createPreference() {
        return created(() -> "cublasLtMatmulPreferenceCreate", out -> (int) preferenceCreate.invokeExact(out));
    }

    void destroyPreference(MemorySegment preference) {
        call(() -> "cublasLtMatmulPreferenceDestroy", () -> (int) preferenceDestroy.invokeExact(preference));
    }

    /** Sets an attribute that is a {@code uint64_t}. */
    void prefer(MemorySegment preference, CublasNumber attribute, long value) {
        try (Arena arena = Arena.ofConfined()) {
            prefer(preference, attribute, arena.allocateFrom(JAVA_LONG, value));
        }
    }

    /** Sets an attribute that is a {@code uint32_t}. */
    void prefer(MemorySegment preference, CublasNumber attribute, int value) {
        try (Arena arena = Arena.ofConfined()) {
            prefer(preference, attribute, arena.allocateFrom(JAVA_INT, value));
        }
    }

    private void prefer(MemorySegment preference, CublasNumber attribute, MemorySegment value) {
        call(() -> "cublasLtMatmulPreferenceSetAttribute of " + attribute, () ->
                (int) preferenceSetAttribute.invokeExact(preference, attribute.value(), value, value.byteSize()));
    }

    /**
     * Descriptors of D = op(A) · B + D.
     *
     * @param operation types, and what op is
     */
    record Descriptors(MemorySegment operation, MemorySegment a, MemorySegment b, MemorySegment d) {}

    /**
     * The algorithm that the library expects to be the fastest.
     *
     * @param result gets a {@link #RESULT}, which begins with the algorithm
     * @return false where it has none
     */
    boolean choose(
            MemorySegment handle, Descriptors of, MemorySegment preference, MemorySegment result, ProductShape shape) {
        Supplier<String> tried = () -> "cublasLtMatmulAlgoGetHeuristic for " + shape;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            int status = status(tried, () -> (int) getHeuristic.invokeExact(
                    handle, of.operation(), of.a(), of.b(), of.d(), of.d(), preference, 1, result, count));
            if (CublasException.isRefusal(status)) {
                return false;
            }
            require(tried, status);
            return count.get(JAVA_INT, 0) > 0
                    && result.get(JAVA_INT, STATE) == CublasNumber.CUBLAS_STATUS_SUCCESS.value();
        }
    }

    /**
     * What cublasLtMatmul takes besides descriptors and operands.
     *
     * @param alpha the factor of the product, in the host's memory
     * @param beta the factor of D, likewise
     * @param workspace of the device
     */
    record Launch(
            MemorySegment handle,
            MemorySegment algorithm,
            MemorySegment alpha,
            MemorySegment beta,
            DeviceMemory workspace,
            MemorySegment stream) {}

    /** D = op(A) · B, or += , when the stream comes to it. */
    void multiply(Launch launch, Descriptors of, Product product) {
        call(() -> "cublasLtMatmul of " + product.shape(), () -> (int) matmul.invokeExact(
                launch.handle(),
                of.operation(),
                launch.alpha(),
                product.weights(),
                of.a(),
                product.inputs(),
                of.b(),
                launch.beta(),
                product.outputs(),
                of.d(),
                product.outputs(),
                of.d(),
                launch.algorithm(),
                launch.workspace().address(),
                launch.workspace().bytes(),
                launch.stream()));
    }
}
