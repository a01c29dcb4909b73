package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;

/** Compiled kernels on a device. Thread-safe; the owner closes it when none of them runs. */
public final class CudaModule implements AutoCloseable {
    private final CudaDevice device;
    private final CudaDriver driver;
    private final MemorySegment handle;

    CudaModule(CudaDevice device, CudaDriver driver, MemorySegment handle) {
        this.device = device;
        this.driver = driver;
        this.handle = handle;
    }

    /** @throws CudaException when it has no such kernel */
    public CudaFunction function(String name) {
        device.enter();
        return new CudaFunction(name, driver.function(handle, name));
    }

    @Override
    public void close() {
        device.release(() -> driver.unloadModule(handle));
    }
}
