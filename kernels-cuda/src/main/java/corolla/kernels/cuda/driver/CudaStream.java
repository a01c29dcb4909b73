package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * What is given to a stream runs in its order, after the call that gave it has returned. Confined to whoever holds its owner's lock; close it
 * after its work.
 */
public final class CudaStream implements AutoCloseable {
    /** CU_STREAM_NON_BLOCKING: does not wait for others' default streams. */
    static final int NON_BLOCKING = 1;

    private final CudaDevice device;
    private final CudaDriver driver;
    private final MemorySegment handle;
    private String last = "nothing";

    CudaStream(CudaDevice device, CudaDriver driver, MemorySegment handle) {
        this.device = device;
        this.driver = driver;
        this.handle = handle;
    }

    public void launch(CudaFunction function, Grid grid, Arguments arguments) {
        device.enter();
        last = function.name();
        driver.launch(function, grid, handle, arguments.pointers());
    }

    /** Copies to the device. Pinned memory must stay as it is until the copy has run; of other memory the driver takes a copy first. */
    public void copyToDevice(long to, MemorySegment from) {
        device.enter();
        driver.copyToDevice(to, from, from.byteSize(), handle);
    }

    public void copyToHost(MemorySegment to, long from) {
        device.enter();
        driver.copyToHost(to, from, to.byteSize(), handle);
    }

    public void copyOnDevice(long to, long from, long bytes) {
        device.enter();
        driver.copyOnDevice(to, from, bytes, handle);
    }

    public void zero(long at, long bytes) {
        device.enter();
        driver.fill(at, (byte) 0, bytes, handle);
    }

    /**
     * Waits until all that was given has run.
     *
     * @throws CudaException when some of it failed; the message names the last kernel, which is not always the one that did
     */
    public void synchronize() {
        device.enter();
        driver.synchronize(handle, () -> "work up to the kernel " + last + " on " + device.name());
    }

    @Override
    public void close() {
        device.enter();
        driver.destroyStream(handle);
    }
}
