package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.tensor.DType;
import corolla.tensor.HostBus;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A stream of its own from pinned memory. Confined to one thread. */
final class CudaBus implements HostBus {
    private final Gpu gpu;
    private final CudaStream stream;
    private final Arena arena;
    private final MemorySegment host;

    private CudaBus(Gpu gpu, CudaStream stream, Arena arena, MemorySegment host) {
        this.gpu = gpu;
        this.stream = stream;
        this.arena = arena;
        this.host = host;
    }

    /** @throws corolla.kernels.cuda.driver.CudaException when so much memory cannot be pinned */
    @SuppressWarnings("MustBeClosedChecker") // the bus owns the arena
    static CudaBus open(Gpu gpu, long bytes) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment host = gpu.device().allocatePinned(arena, bytes);
            return new CudaBus(gpu, gpu.device().createStream(BatchLimits.ALONE), arena, host);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    @Override
    public MemorySegment host() {
        return host;
    }

    /** Not of the pool, whose memory is there in the order of another stream. */
    @Override
    public Tensor allocate(Arena owner, long bytes) {
        long numbers = Math.ceilDiv(bytes, (long) Float.BYTES);
        return new Tensor(gpu.allocateLasting(owner, numbers * Float.BYTES), DType.F32, Shape.of(numbers));
    }

    @Override
    public void bring(long offset, Tensor to) {
        MemorySegment target = to.data();
        stream.copyToDevice(gpu.address(target), host.asSlice(offset, target.byteSize()));
    }

    @Override
    public void await() {
        stream.synchronize();
    }

    @Override
    public void close() {
        try {
            stream.synchronize();
        } finally {
            stream.close();
            arena.close();
        }
    }
}
