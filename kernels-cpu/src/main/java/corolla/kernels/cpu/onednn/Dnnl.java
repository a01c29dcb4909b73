package corolla.kernels.cpu.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The functions of oneDNN 3 that Corolla calls, one method each under the C name's last words, and one engine and stream.
 * Thread-safe: on a CPU a stream has no queue. Stays open as long as the process: unloading code under threads is unsafe.
 */
@SuppressWarnings("restricted") // native access is what this class is for
final class Dnnl {
    static final int BF16 = 2;
    static final int F32 = 3;
    static final int S32 = 4;
    static final int S8 = 5;
    static final int ARG_SRC = 1;
    static final int ARG_DST = 17;
    static final int ARG_WEIGHTS = 33;
    static final int ARG_SCRATCHPAD = 80;
    private static final int QUERY_IMPLEMENTATION = 8;
    private static final int QUERY_SCRATCHPAD = 136;
    private static final int CPU = 1;
    private static final int USER_SCRATCHPAD = 1;
    private static final int FPMATH_BF16 = 1;

    private final MethodHandle memoryDescCreate;
    private final MethodHandle memoryDescDestroy;
    private final MethodHandle memoryDescSize;
    private final MethodHandle memoryCreate;
    private final MethodHandle memorySetData;
    private final MethodHandle memoryDestroy;
    private final MethodHandle attributesCreate;
    private final MethodHandle attributesDestroy;
    private final MethodHandle attributesFpmath;
    private final MethodHandle attributesScratchpad;
    private final MethodHandle attributesPostOps;
    private final MethodHandle postOpsCreate;
    private final MethodHandle postOpsDestroy;
    private final MethodHandle postOpsSum;
    private final MethodHandle matmulDescCreate;
    private final MethodHandle primitiveDescDestroy;
    private final MethodHandle primitiveDescQuery;
    private final MethodHandle primitiveDescQueryMemory;
    private final MethodHandle primitiveCreate;
    private final MethodHandle primitiveDestroy;
    private final MethodHandle primitiveExecute;
    private final MethodHandle ompSetNumThreads;
    private final MemorySegment engine;
    private final MemorySegment stream;

    private Dnnl(SymbolLookup library) {
        memoryDescCreate =
                status(library, "memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
        memoryDescDestroy = status(library, "memory_desc_destroy", ADDRESS);
        memoryDescSize = handle(library, "dnnl_memory_desc_get_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        memoryCreate = status(library, "memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        memorySetData = status(library, "memory_set_data_handle", ADDRESS, ADDRESS);
        memoryDestroy = status(library, "memory_destroy", ADDRESS);
        attributesCreate = status(library, "primitive_attr_create", ADDRESS);
        attributesDestroy = status(library, "primitive_attr_destroy", ADDRESS);
        attributesFpmath = status(library, "primitive_attr_set_fpmath_mode_v2", ADDRESS, JAVA_INT, JAVA_INT);
        attributesScratchpad = status(library, "primitive_attr_set_scratchpad_mode", ADDRESS, JAVA_INT);
        attributesPostOps = status(library, "primitive_attr_set_post_ops", ADDRESS, ADDRESS);
        postOpsCreate = status(library, "post_ops_create", ADDRESS);
        postOpsDestroy = status(library, "post_ops_destroy", ADDRESS);
        postOpsSum = status(library, "post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
        matmulDescCreate = status(
                library, "matmul_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        primitiveDescDestroy = status(library, "primitive_desc_destroy", ADDRESS);
        primitiveDescQuery = status(library, "primitive_desc_query", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
        primitiveDescQueryMemory = handle(
                library, "dnnl_primitive_desc_query_md", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
        primitiveCreate = status(library, "primitive_create", ADDRESS, ADDRESS);
        primitiveDestroy = status(library, "primitive_destroy", ADDRESS);
        primitiveExecute = status(library, "primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        ompSetNumThreads = handle(library, "omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
        MethodHandle engineCreate = status(library, "engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
        MethodHandle streamCreate = status(library, "stream_create", ADDRESS, ADDRESS, JAVA_INT);
        engine = created("engine_create", out -> (int) engineCreate.invokeExact(out, CPU, 0L));
        stream = created("stream_create", out -> (int) streamCreate.invokeExact(out, engine, 1));
    }

    /**
     * Opens the two libraries.
     *
     * @throws IllegalArgumentException when the system's loader refuses one; it does not say why
     */
    static Dnnl open(Path openMp, Path library) {
        // libgomp reads the C environment once, while it is being loaded.
        setEnvironment("OMP_NUM_THREADS", "1");
        SymbolLookup.libraryLookup(openMp, Arena.global());
        // omp_* are looked up through libdnnl, which finds the copy of libgomp that libdnnl itself is bound to.
        return new Dnnl(SymbolLookup.libraryLookup(library, Arena.global()));
    }

    private static void setEnvironment(String name, String value) {
        MethodHandle setenv = handle(
                Linker.nativeLinker().defaultLookup(),
                "setenv",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            call("setenv", () -> (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1));
        }
    }

    private static MethodHandle handle(SymbolLookup library, String name, FunctionDescriptor descriptor) {
        MemorySegment function =
                library.find(name).orElseThrow(() -> new IllegalArgumentException("library has no function " + name));
        return Linker.nativeLinker().downcallHandle(function, descriptor);
    }

    private static MethodHandle status(SymbolLookup library, String name, MemoryLayout... arguments) {
        return handle(library, "dnnl_" + name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** A native call; only wrappers of method handles throw. */
    private interface Call {
        int run() throws Throwable;
    }

    private interface CreateCall {
        int run(MemorySegment out) throws Throwable;
    }

    private static void call(String name, Call call) {
        int status;
        try {
            status = call.run();
        } catch (Throwable e) {
            throw new DnnlException(name, e);
        }
        if (status != 0) {
            throw new DnnlException(name, status);
        }
    }

    /** What a function creates and returns through its first argument. */
    private static MemorySegment created(String name, CreateCall create) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            call(name, () -> create.run(out));
            return out.get(ADDRESS, 0);
        }
    }

    /** Number of OpenMP threads for calls from this thread. */
    void useOneThread() {
        call("omp_set_num_threads", () -> {
            ompSetNumThreads.invokeExact(1);
            return 0;
        });
    }

    /** Two dimensions, strides in elements. */
    MemorySegment memoryDesc(int type, long rows, long columns, long rowStride, long columnStride) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sizes = arena.allocateFrom(JAVA_LONG, rows, columns);
            MemorySegment strides = arena.allocateFrom(JAVA_LONG, rowStride, columnStride);
            return created(
                    "memory_desc_create", out -> (int) memoryDescCreate.invokeExact(out, 2, sizes, type, strides));
        }
    }

    void destroyMemoryDesc(MemorySegment desc) {
        call("memory_desc_destroy", () -> (int) memoryDescDestroy.invokeExact(desc));
    }

    MemorySegment memory(MemorySegment desc) {
        return created("memory_create", out -> (int) memoryCreate.invokeExact(out, desc, engine, MemorySegment.NULL));
    }

    void setData(MemorySegment memory, MemorySegment data) {
        call("memory_set_data_handle", () -> (int) memorySetData.invokeExact(memory, data));
    }

    void destroyMemory(MemorySegment memory) {
        call("memory_destroy", () -> (int) memoryDestroy.invokeExact(memory));
    }

    /** Scratchpad given by the caller; f32 with bf16 weights needs leave for bf16 arithmetic, which the kernel does not use. */
    MemorySegment attributes(boolean halfWeights, boolean add) {
        MemorySegment attributes = created("primitive_attr_create", out -> (int) attributesCreate.invokeExact(out));
        call("set_scratchpad_mode", () -> (int) attributesScratchpad.invokeExact(attributes, USER_SCRATCHPAD));
        if (halfWeights) {
            call("set_fpmath_mode", () -> (int) attributesFpmath.invokeExact(attributes, FPMATH_BF16, 0));
        }
        if (add) {
            MemorySegment postOps = created("post_ops_create", out -> (int) postOpsCreate.invokeExact(out));
            call("append_sum", () -> (int) postOpsSum.invokeExact(postOps, 1f, 0, F32));
            call("set_post_ops", () -> (int) attributesPostOps.invokeExact(attributes, postOps));
            call("post_ops_destroy", () -> (int) postOpsDestroy.invokeExact(postOps));
        }
        return attributes;
    }

    void destroyAttributes(MemorySegment attributes) {
        call("primitive_attr_destroy", () -> (int) attributesDestroy.invokeExact(attributes));
    }

    MemorySegment matmulDesc(
            MemorySegment source, MemorySegment weights, MemorySegment target, MemorySegment attributes) {
        return created("matmul_primitive_desc_create", out -> (int)
                matmulDescCreate.invokeExact(out, engine, source, weights, MemorySegment.NULL, target, attributes));
    }

    void destroyPrimitiveDesc(MemorySegment desc) {
        call("primitive_desc_destroy", () -> (int) primitiveDescDestroy.invokeExact(desc));
    }

    /** Which of oneDNN's kernels a primitive is: {@code brg_matmul:avx512_core}; {@code ref} are slow and {@code gemm:} suspect. */
    String implementation(MemorySegment primitiveDesc) {
        MemorySegment name = created("primitive_desc_query", out ->
                (int) primitiveDescQuery.invokeExact(primitiveDesc, QUERY_IMPLEMENTATION, 0, out));
        return name.reinterpret(256).getString(0);
    }

    /** Owned by the primitive descriptor. */
    MemorySegment scratchpadDesc(MemorySegment primitiveDesc) {
        try {
            return (MemorySegment) primitiveDescQueryMemory.invokeExact(primitiveDesc, QUERY_SCRATCHPAD, 0);
        } catch (Throwable e) {
            throw new DnnlException("primitive_desc_query_md", e);
        }
    }

    long bytes(MemorySegment memoryDesc) {
        try {
            return (long) memoryDescSize.invokeExact(memoryDesc);
        } catch (Throwable e) {
            throw new DnnlException("memory_desc_get_size", e);
        }
    }

    MemorySegment primitive(MemorySegment primitiveDesc) {
        return created("primitive_create", out -> (int) primitiveCreate.invokeExact(out, primitiveDesc));
    }

    void destroyPrimitive(MemorySegment primitive) {
        call("primitive_destroy", () -> (int) primitiveDestroy.invokeExact(primitive));
    }

    void execute(MemorySegment primitive, int argumentCount, MemorySegment arguments) {
        call("primitive_execute", () ->
                (int) primitiveExecute.invokeExact(primitive, stream, argumentCount, arguments));
    }
}
