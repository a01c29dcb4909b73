package corolla.kernels.cuda.cublas;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the emulated cuBLASLt answers, and what it has done. */
@SuppressWarnings("restricted") // native access is what this class is for
public final class EmulatedCublas {
    private EmulatedCublas() {}

    /**
     * What it has done since the process began.
     *
     * @param heuristics asked for
     * @param products given
     * @param held handles and descriptors that nobody has destroyed
     */
    public record Counts(long heuristics, long products, long held) {}

    private static MethodHandle function(String name, FunctionDescriptor type) {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcublasLt.so.12")
                .orElseThrow()
                .find(name)
                .orElseThrow();
        return Linker.nativeLinker().downcallHandle(function, type);
    }

    /** NVIDIA's statuses that creating handles, heuristics and products answer from now on; 0 makes all well again. */
    public static void answer(int creating, int heuristic, int product) {
        MethodHandle answer = function(
                "emulated_cublas_answer",
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            answer.invokeExact(creating, heuristic, product);
        } catch (Throwable e) {
            throw new AssertionError("emulated_cublas_answer could not be called", e);
        }
    }

    public static Counts counts() {
        MethodHandle counts = function("emulated_cublas_counts", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, 3);
            counts.invokeExact(numbers);
            return new Counts(
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 0),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 1),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 2));
        } catch (Throwable e) {
            throw new AssertionError("emulated_cublas_counts could not be called", e);
        }
    }
}
