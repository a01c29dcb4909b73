package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import java.lang.foreign.Arena;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A device at work: its stream, its kernels, and the scratch of operations, of which one runs at a time. The lock is the device's queue: who waits
 * for it would wait for the device. Thread-safe; owns all of it, the device too.
 */
final class Gpu implements AutoCloseable {
    private final CudaDevice device;
    private final KernelModules modules;
    private final CudaStream stream;
    private final Arena arena;
    private final DeviceScratch scratch;
    private final Arguments arguments;
    private final ReentrantLock lock = new ReentrantLock();

    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    Gpu(CudaDevice device, KernelCompiler compiler) {
        this.device = device;
        this.modules = new KernelModules(compiler, device);
        this.stream = device.createStream();
        this.arena = Arena.ofShared();
        this.scratch = new DeviceScratch(device);
        this.arguments = new Arguments(arena);
    }

    CudaDevice device() {
        return device;
    }

    KernelModules modules() {
        return modules;
    }

    /** Runs one operation to its end: when it returns the host sees what it wrote. */
    void run(Consumer<Operation> body) {
        lock.lock();
        try {
            Operation operation = new Operation(modules, stream, scratch, arguments);
            body.accept(operation);
            operation.finish();
        } finally {
            scratch.reset();
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            scratch.close();
            modules.close();
            stream.close();
            arena.close();
            device.close();
        } finally {
            lock.unlock();
        }
    }
}
