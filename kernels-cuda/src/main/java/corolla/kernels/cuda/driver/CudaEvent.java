package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;

/** A place in a stream's work that can be waited for. One thread records it and waits; the owner closes it. */
public final class CudaEvent implements AutoCloseable {
    /** CU_EVENT_DISABLE_TIMING: recording it costs less. */
    static final int DISABLE_TIMING = 2;

    private final CudaDevice device;
    private final CudaDriver driver;
    private final MemorySegment handle;
    private String work = "nothing";

    CudaEvent(CudaDevice device, CudaDriver driver, MemorySegment handle) {
        this.device = device;
        this.driver = driver;
        this.handle = handle;
    }

    /** Is after all that a stream was given until now. */
    void record(MemorySegment stream, String last) {
        work = last;
        driver.recordEvent(handle, stream);
    }

    /**
     * Waits until all work has run that was given before it was recorded; not at all where it never was.
     *
     * @throws CudaException when some of it failed
     */
    public void synchronize() {
        device.enter();
        driver.synchronizeEvent(handle, () -> "work up to " + work + " on " + device.name());
    }

    @Override
    public void close() {
        device.release(() -> driver.destroyEvent(handle));
    }
}
