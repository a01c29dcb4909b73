package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Makes the emulated device fail. */
@SuppressWarnings("restricted") // native access is what this class is for
public final class EmulatedFailure {
    private EmulatedFailure() {}

    /** The next kernel fails with this error of CUDA's, and everything after it; 0 makes all well again. */
    public static void next(int error) {
        set("emulated_fail", error);
    }

    /** The next graph is not instantiated, with this error. */
    static void nextGraph(int error) {
        set("emulated_fail_graph", error);
    }

    /** The next pinned memory is refused, with this error. */
    public static void nextPinned(int error) {
        set("emulated_fail_pinned", error);
    }

    private static void set(String name, int error) {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcuda.so.1")
                .orElseThrow()
                .find(name)
                .orElseThrow();
        MethodHandle fail =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        try {
            fail.invokeExact(error);
        } catch (Throwable e) {
            throw new AssertionError(name + " could not be called", e);
        }
    }
}
