package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What kind of device is emulated. */
@SuppressWarnings("restricted") // native access is what this class is for
public final class EmulatedDevice {
    /** What it has otherwise. */
    public static final long MEMORY = 2L << 30;

    private EmulatedDevice() {}

    /** Whether devices that are opened from now on have a pool of memory; otherwise they have. */
    public static void hasPool(boolean has) {
        set("emulated_pools", has ? 1 : 0);
    }

    /** How many bytes it has. */
    public static void hasMemory(long bytes) {
        set("emulated_memory", bytes);
    }

    private static void set(String name, long number) {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcuda.so.1")
                .orElseThrow()
                .find(name)
                .orElseThrow();
        MethodHandle set =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
        try {
            set.invokeExact(number);
        } catch (Throwable e) {
            throw new AssertionError(name + " could not be called", e);
        }
    }
}
