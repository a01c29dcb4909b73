package corolla.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Brings much data from the host to the memory that kernels work in while they work: what offloading is made of. Its memory of the host is such
 * that the device reads it by itself, at the speed of the bus between them. Confined to one thread; its owner closes it, before the kernels.
 */
public interface HostBus extends AutoCloseable {

    /** Memory of the host, which {@link #bring} reads. */
    MemorySegment host();

    /** Memory of the kernels to bring to, not zeroed, as f32; lives as long as {@code owner}. */
    Tensor allocate(Arena owner, long bytes);

    /**
     * Begins to bring as many bytes as the tensor has; they are there when {@link #await} has returned. Not ordered with operations of the kernels:
     * none of them may use the tensor meanwhile.
     *
     * @param offset of the first byte in {@link #host}
     * @param to what {@link #allocate} has returned, or a part of it
     */
    void bring(long offset, Tensor to);

    /**
     * Waits until all is there that {@link #bring} began.
     *
     * @throws DeviceException when that failed
     */
    void await();

    /** Waits, and frees the host's memory. */
    @Override
    void close();
}
