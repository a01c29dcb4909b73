package corolla.kernels.cuda.nvrtc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import corolla.kernels.cuda.driver.CudaLibraries;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The functions of NVRTC 12 and 13 that Corolla calls. Thread-safe, as NVRTC is. */
@SuppressWarnings("restricted") // native access is what this class is for
final class Nvrtc {
    private static final int COMPILATION_FAILED = 6;

    /** NVRTC_ERROR_BUILTIN_OPERATION_FAILURE. */
    private static final int BUILTINS_FAILED = 7;

    private static final int TEXT_BYTES_MAX = 256;

    private final MethodHandle getErrorString;
    private final MethodHandle version;
    private final MethodHandle getNumSupportedArchs;
    private final MethodHandle getSupportedArchs;
    private final MethodHandle createProgram;
    private final MethodHandle destroyProgram;
    private final MethodHandle compileProgram;
    private final MethodHandle getProgramLogSize;
    private final MethodHandle getProgramLog;
    private final MethodHandle getCubinSize;
    private final MethodHandle getCubin;
    private final MethodHandle getPtxSize;
    private final MethodHandle getPtx;

    private Nvrtc(SymbolLookup library) {
        getErrorString = Linker.nativeLinker()
                .downcallHandle(find(library, "nvrtcGetErrorString"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
        version = handle(library, "Version", ADDRESS, ADDRESS);
        getNumSupportedArchs = handle(library, "GetNumSupportedArchs", ADDRESS);
        getSupportedArchs = handle(library, "GetSupportedArchs", ADDRESS);
        createProgram = handle(library, "CreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        destroyProgram = handle(library, "DestroyProgram", ADDRESS);
        compileProgram = handle(library, "CompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        getProgramLogSize = handle(library, "GetProgramLogSize", ADDRESS, ADDRESS);
        getProgramLog = handle(library, "GetProgramLog", ADDRESS, ADDRESS);
        getCubinSize = handle(library, "GetCUBINSize", ADDRESS, ADDRESS);
        getCubin = handle(library, "GetCUBIN", ADDRESS, ADDRESS);
        getPtxSize = handle(library, "GetPTXSize", ADDRESS, ADDRESS);
        getPtx = handle(library, "GetPTX", ADDRESS, ADDRESS);
    }

    static Optional<Nvrtc> open(CudaLibraries libraries) {
        libraries.preload("libnvrtc-builtins.so.*"); // NVRTC 13 of pip does not find it beside itself
        return libraries.open("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so").map(Nvrtc::new);
    }

    private static MemorySegment find(SymbolLookup library, String name) {
        return library.find(name).orElseThrow(() -> new IllegalArgumentException("libnvrtc has no function " + name));
    }

    private static MethodHandle handle(SymbolLookup library, String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(find(library, "nvrtc" + name), FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** A native call; only wrappers of method handles throw. */
    private interface Call {
        int run() throws Throwable;
    }

    private void call(String name, Call call) {
        int status = status(name, call);
        if (status != 0) {
            throw new IllegalStateException("nvrtc" + name + " failed: " + text(status));
        }
    }

    private static int status(String name, Call call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw new IllegalStateException("nvrtc" + name + " could not be called", e);
        }
    }

    private String text(int status) {
        try {
            MemorySegment found = (MemorySegment) getErrorString.invokeExact(status);
            return found.reinterpret(TEXT_BYTES_MAX).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("nvrtcGetErrorString could not be called", e);
        }
    }

    /** For example {@code 12.6}. */
    String version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            call("Version", () -> (int) version.invokeExact(major, minor));
            return major.get(JAVA_INT, 0) + "." + minor.get(JAVA_INT, 0);
        }
    }

    /** Compute capabilities that it compiles for, 90 for 9.0, ascending. */
    int[] architectures() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_INT);
            call("GetNumSupportedArchs", () -> (int) getNumSupportedArchs.invokeExact(count));
            MemorySegment all = arena.allocate(JAVA_INT, count.get(JAVA_INT, 0));
            call("GetSupportedArchs", () -> (int) getSupportedArchs.invokeExact(all));
            int[] found = all.toArray(JAVA_INT);
            Arrays.sort(found);
            return found;
        }
    }

    /**
     * Compiles one source.
     *
     * @param name for messages of the compiler
     * @param ptx whether to make PTX, which the driver compiles further, instead of a device's own code
     * @param said takes what the compiler says of a success
     * @throws KernelCompilationException with what the compiler says
     */
    byte[] compile(String name, String source, List<String> options, boolean ptx, Consumer<String> said) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            MemorySegment text = arena.allocateFrom(source);
            MemorySegment file = arena.allocateFrom(name);
            MemorySegment none = MemorySegment.NULL;
            call("CreateProgram", () -> (int) createProgram.invokeExact(out, text, file, 0, none, none));
            MemorySegment program = out.get(ADDRESS, 0);
            try {
                MemorySegment list = arena.allocate(ADDRESS, options.size());
                for (int i = 0; i < options.size(); i++) {
                    list.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
                }
                int status =
                        status("CompileProgram", () -> (int) compileProgram.invokeExact(program, options.size(), list));
                if (status != 0) {
                    throw new KernelCompilationException(name, failure(arena, status, program));
                }
                said.accept(log(arena, program));
                return ptx
                        ? result(arena, "GetPTX", getPtxSize, getPtx, program)
                        : result(arena, "GetCUBIN", getCubinSize, getCubin, program);
            } finally {
                call("DestroyProgram", () -> (int) destroyProgram.invokeExact(out));
            }
        }
    }

    private String failure(Arena arena, int status, MemorySegment program) {
        return switch (status) {
            case COMPILATION_FAILED -> log(arena, program);
            case BUILTINS_FAILED ->
                text(status) + ": libnvrtc-builtins.so of the same version is missing beside libnvrtc.so";
            default -> text(status);
        };
    }

    private String log(Arena arena, MemorySegment program) {
        byte[] text = result(arena, "GetProgramLog", getProgramLogSize, getProgramLog, program);
        return MemorySegment.ofArray(text).getString(0).strip();
    }

    private byte[] result(Arena arena, String name, MethodHandle sizeOf, MethodHandle contents, MemorySegment program) {
        MemorySegment size = arena.allocate(JAVA_LONG);
        call(name + "Size", () -> (int) sizeOf.invokeExact(program, size));
        MemorySegment bytes = arena.allocate(size.get(JAVA_LONG, 0));
        call(name, () -> (int) contents.invokeExact(program, bytes));
        return bytes.toArray(JAVA_BYTE);
    }
}
