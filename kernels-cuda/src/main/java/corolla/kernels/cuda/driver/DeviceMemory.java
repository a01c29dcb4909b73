package corolla.kernels.cuda.driver;

/**
 * Memory of a device; only kernels and copies reach it. Freed when the arena closes that it was allocated for.
 *
 * @param address as the device knows it
 */
public record DeviceMemory(long address, long bytes) {

    public DeviceMemory {
        if (address == 0 || bytes <= 0) {
            throw new IllegalArgumentException("device memory of " + bytes + " bytes at " + address);
        }
    }
}
