package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/** Makes the emulated device fail. */
public final class EmulatedFailure {
    private EmulatedFailure() {}

    /** The next kernel fails with this error of CUDA's, and everything after it; 0 makes all well again. */
    public static void next(int error) {
        EmulatedCalls.set("libcuda.so.1", "emulated_fail", error);
    }

    /** The next graph is not instantiated, with this error. */
    static void nextGraph(int error) {
        EmulatedCalls.set("libcuda.so.1", "emulated_fail_graph", error);
    }

    /** The next pinned memory is refused, with this error. */
    public static void nextPinned(int error) {
        EmulatedCalls.set("libcuda.so.1", "emulated_fail_pinned", error);
    }
}
