package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCalls;

/** What kind of device is emulated. */
public final class EmulatedDevice {
    /** What it has otherwise. */
    public static final long MEMORY = 2L << 30;

    private EmulatedDevice() {}

    /** Whether devices that are opened from now on have a pool of memory; otherwise they have. */
    public static void hasPool(boolean has) {
        EmulatedCalls.set("libcuda.so.1", "emulated_pools", has ? 1 : 0);
    }

    /** How many bytes it has. */
    public static void hasMemory(long bytes) {
        EmulatedCalls.set("libcuda.so.1", "emulated_memory", bytes);
    }
}
