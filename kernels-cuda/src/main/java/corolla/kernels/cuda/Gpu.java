package corolla.kernels.cuda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.kernels.cuda.cublas.CublasProducts;
import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.kernels.cuda.driver.DeviceMemory;
import corolla.kernels.cuda.driver.DeviceSegments;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A device at work: its stream, its kernels, and the scratch of operations, of which one runs at a time. The lock is the device's queue: who waits
 * for it would wait for the device. Thread-safe; owns all of it, the device too. What was allocated on it may outlive it.
 */
final class Gpu implements AutoCloseable {
    private final CudaDevice device;
    private final KernelModules modules;
    private final @Nullable CublasProducts cublas;
    private final CudaStream stream;
    private final DeviceScratch scratch;
    private final Staging staging;
    private final RowLoader loader;
    private final Arguments arguments = new Arguments();
    private final ReentrantLock lock = new ReentrantLock();
    private final ConcurrentSkipListMap<Long, Long> live = new ConcurrentSkipListMap<>(); // bytes by address

    @GuardedBy("lock")
    private boolean closed;

    /** Takes ownership of the device, and of cuBLASLt where there is one. */
    Gpu(CudaDevice device, KernelCompiler compiler, @Nullable CublasProducts cublas, BatchLimits limits) {
        this.device = device;
        this.cublas = cublas;
        this.modules = new KernelModules(compiler, device);
        this.stream = device.createStream(limits);
        this.scratch = new DeviceScratch(this);
        this.staging = new Staging(device, stream);
        this.loader = new RowLoader(this, device);
    }

    CudaDevice device() {
        return device;
    }

    KernelModules modules() {
        return modules;
    }

    /** Brings weights. */
    RowLoader loader() {
        return loader;
    }

    /** For operations: whoever uses it is in one. */
    @Nullable
    CublasProducts cublas() {
        return cublas;
    }

    /**
     * Memory that only the device reaches, not zeroed, for a call or a session. Work that was given before the owner closes may still use it.
     *
     * @param owner frees it when it closes; nobody waits where the device has a pool
     * @throws CudaException when there is not enough
     */
    MemorySegment allocate(Arena owner, long bytes) {
        if (!device.hasPool()) {
            return allocateLasting(owner, bytes);
        }
        long rounded = Math.max(1, bytes);
        lock.lock();
        try {
            long address = withTrimmedPool(() -> stream.allocate(rounded));
            return kept(device.adopt(owner, address, rounded, this::freeInOrder), bytes);
        } finally {
            lock.unlock();
        }
    }

    /** The same for weights, which stay: outside the pool. Whoever frees them waits for the work. */
    MemorySegment allocateLasting(Arena owner, long bytes) {
        return kept(withTrimmedPool(() -> device.allocate(owner, Math.max(1, bytes), this::retire)), bytes);
    }

    private MemorySegment kept(DeviceMemory memory, long bytes) {
        live.put(memory.address(), memory.bytes());
        return DeviceSegments.at(memory.address(), bytes);
    }

    /** Tries again with what the pool holds and nobody uses: it counts as free. */
    private <T> T withTrimmedPool(Supplier<T> allocation) {
        try {
            return allocation.get();
        } catch (CudaException e) {
            if (!e.isOutOfMemory() || !device.hasPool()) {
                throw e;
            }
        }
        lock.lock();
        try {
            stream.synchronize();
            device.trimPool();
            return allocation.get();
        } finally {
            lock.unlock();
        }
    }

    private void freeInOrder(long address) {
        live.remove(address);
        lock.lock();
        try {
            if (closed) {
                device.free(address);
            } else {
                stream.free(address);
            }
        } finally {
            lock.unlock();
        }
    }

    private void retire(long address) {
        live.remove(address);
        lock.lock();
        try {
            if (!closed) {
                awaitEnd();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Where the device finds memory of its own.
     *
     * @throws IllegalStateException when it is not, or not any more
     */
    long address(MemorySegment memory) {
        Map.Entry<Long, Long> found = live.floorEntry(memory.address());
        if (found == null || memory.address() + memory.byteSize() > found.getKey() + found.getValue()) {
            throw new IllegalStateException(memory.byteSize() + " bytes are neither in the host's memory nor on "
                    + device.name() + ": their arena is closed, or they are another device's");
        }
        return memory.address();
    }

    /** Runs one operation: when it returns, the host sees what it wrote to the host's memory; the rest goes on. */
    void run(Consumer<Operation> body) {
        lock.lock();
        try {
            Operation operation = new Operation(this, stream, scratch, staging, arguments);
            body.accept(operation);
            operation.finish();
        } finally {
            staging.forget();
            scratch.reset();
            lock.unlock();
        }
    }

    private void awaitEnd() {
        try {
            stream.synchronize();
        } catch (CudaException e) {
            // On a lost device nothing ends; whoever waited for its work has been told.
            if (!e.isFatal()) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            awaitEnd();
            closed = true;
            scratch.close();
            staging.close();
            loader.close();
            stream.close(); // its graphs have kernels of the modules
            modules.close();
            if (cublas != null) {
                cublas.close();
            }
            device.close();
        } finally {
            lock.unlock();
        }
    }
}
