package corolla.kernels.cuda.driver;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A GPU with its primary context. Whoever opened it closes it; what was allocated on it keeps the context until its own arenas close, so the
 * two may go in any order. Thread-safe.
 */
public final class CudaDevice implements AutoCloseable {
    /** CU_DEVICE_ATTRIBUTE_…, as the next ones are. */
    static final int MULTIPROCESSORS = 16;

    static final int CAPABILITY_MAJOR = 75;

    static final int CAPABILITY_MINOR = 76;

    static final int CONCURRENT_MANAGED_ACCESS = 89;

    static final int MEMORY_POOLS_SUPPORTED = 115;

    /** CU_MEMPOOL_ATTR_…, as the next ones are. */
    static final int RELEASE_THRESHOLD = 4;

    static final int RESERVED_MEM_CURRENT = 5;

    static final int USED_MEM_CURRENT = 7;

    /** Unsigned: a pool gives nothing back by itself. */
    private static final long UNLIMITED = -1;

    private final CudaDriver driver;
    private final int ordinal;
    private final int device;
    private final String name;
    private final MemorySegment context;
    private final @Nullable MemorySegment pool;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private int holders = 1;

    private CudaDevice(CudaDriver driver, int ordinal) {
        this.driver = driver;
        this.ordinal = ordinal;
        this.device = driver.device(ordinal);
        this.name = driver.nameOf(device);
        this.context = driver.retain(device);
        try {
            this.pool = driver.attribute(device, MEMORY_POOLS_SUPPORTED) == 0 ? null : driver.defaultPool(device);
            if (pool != null) {
                driver.setPoolAttribute(pool, RELEASE_THRESHOLD, UNLIMITED);
            }
        } catch (RuntimeException | Error failed) {
            driver.release(device);
            throw failed;
        }
    }

    /**
     * Opens a device.
     *
     * @param ordinal from 0 on, in the driver's order, which {@code CUDA_VISIBLE_DEVICES} may change
     * @throws CudaException when there is no such device, or another process has it for itself
     */
    public static CudaDevice open(CudaDriver driver, int ordinal) {
        return new CudaDevice(driver, ordinal);
    }

    /** Its name and number: {@code NVIDIA H100 80GB HBM3 (cuda:0)}. */
    public String name() {
        return name + " (cuda:" + ordinal + ")";
    }

    /** 90 for compute capability 9.0. */
    public int computeCapability() {
        return 10 * driver.attribute(device, CAPABILITY_MAJOR) + driver.attribute(device, CAPABILITY_MINOR);
    }

    public int multiprocessors() {
        return driver.attribute(device, MULTIPROCESSORS);
    }

    /** Whether host and device may both work in managed memory, each after the other has waited. */
    public boolean sharesMemory() {
        return driver.attribute(device, CONCURRENT_MANAGED_ACCESS) != 0;
    }

    public long bytesTotal() {
        return driver.bytesTotal(device);
    }

    /** Whether a stream allocates in the order of its work. */
    public boolean hasPool() {
        return pool != null;
    }

    /** What no process uses; this process' pool may hold some of it, and gives it back when it is trimmed. */
    public long bytesFree() {
        enter();
        long spare = pool == null
                ? 0
                : driver.poolAttribute(pool, RESERVED_MEM_CURRENT) - driver.poolAttribute(pool, USED_MEM_CURRENT);
        return driver.bytesFree() + spare;
    }

    /** Gives back what the pool holds and nobody uses. What a stream has freed counts as used until its work has been waited for. */
    public void trimPool() {
        if (pool != null) {
            enter();
            driver.trimPool(pool);
        }
    }

    /**
     * Memory that only the device reaches, not zeroed.
     *
     * @param owner frees it when it closes
     * @throws CudaException when there is not enough
     */
    public DeviceMemory allocate(Arena owner, long bytes) {
        return allocate(owner, bytes, ignored -> {});
    }

    /**
     * The same for memory that given work may still use.
     *
     * @param beforeFree takes the address and waits for that
     */
    public DeviceMemory allocate(Arena owner, long bytes, LongConsumer beforeFree) {
        enter();
        long address = driver.allocate(Math.max(1, bytes));
        return adopt(owner, address, bytes, at -> {
            beforeFree.accept(at);
            free(at);
        });
    }

    /**
     * Takes ownership of memory that a stream has allocated.
     *
     * @param free takes the address when {@code owner} closes
     */
    public DeviceMemory adopt(Arena owner, long address, long bytes, LongConsumer free) {
        own(owner, MemorySegment.ofAddress(address), () -> free.accept(address));
        return new DeviceMemory(address, Math.max(1, bytes));
    }

    /** Frees memory at once, a stream's as well; no work uses it. */
    public void free(long address) {
        enter();
        driver.free(address);
    }

    /** Memory with one address for host and device, not zeroed; its pages go to who touches them. Owned as in {@link #allocate}. */
    public MemorySegment allocateManaged(Arena owner, long bytes) {
        enter();
        long address = driver.allocateManaged(Math.max(1, bytes));
        return own(owner, MemorySegment.ofAddress(address), () -> driver.free(address), bytes);
    }

    /** Memory of the host that the device copies from and to by itself. Owned as in {@link #allocate}. */
    public MemorySegment allocatePinned(Arena owner, long bytes) {
        enter();
        MemorySegment memory = driver.allocatePinned(Math.max(1, bytes));
        return own(owner, memory, () -> driver.freePinned(memory), bytes);
    }

    private void own(Arena owner, MemorySegment memory, Runnable free) {
        own(owner, memory, free, 0);
    }

    @SuppressWarnings("restricted") // the size is the one that was allocated
    private MemorySegment own(Arena owner, MemorySegment memory, Runnable free, long bytes) {
        hold();
        return memory.reinterpret(bytes, owner, ignored -> {
            try {
                release(free);
            } finally {
                close();
            }
        });
    }

    /** Frees something. On a lost device nothing can be freed; whoever waited for its work has been told. */
    void release(Runnable free) {
        try {
            enter();
            free.run();
        } catch (CudaException e) {
            if (!e.isFatal()) {
                throw e;
            }
        }
    }

    /** Work of the device; the caller closes it. */
    public CudaStream createStream(BatchLimits limits) {
        enter();
        return new CudaStream(this, driver, driver.createStream(CudaStream.NON_BLOCKING), limits);
    }

    /** The caller closes it. */
    public CudaEvent createEvent() {
        enter();
        return new CudaEvent(this, driver, driver.createEvent(CudaEvent.DISABLE_TIMING));
    }

    /**
     * Loads compiled kernels.
     *
     * @param module its name, for messages
     * @throws CudaException when they are not for this device
     */
    public CudaModule load(byte[] image, String module) {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(image.length + 1L, 16); // PTX is text and ends with a zero
            memory.copyFrom(MemorySegment.ofArray(image));
            return new CudaModule(this, driver, driver.loadModule(memory, module));
        }
    }

    /** Makes the calling thread's calls go to this device, those of NVIDIA's other libraries too; costs next to nothing. */
    public void enter() {
        driver.setCurrent(context);
    }

    private void hold() {
        lock.lock();
        try {
            holders++;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            holders--;
            if (holders == 0) {
                release(() -> driver.release(device));
            }
        } finally {
            lock.unlock();
        }
    }
}
