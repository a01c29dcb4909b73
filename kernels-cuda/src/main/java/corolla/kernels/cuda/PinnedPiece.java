package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaEvent;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pinned memory, which the device copies from and to by itself, handed out front to back. What is handed out belongs to the copies until their end has
 * been waited for. Confined to its owner's user; owns its memory.
 */
final class PinnedPiece implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PinnedPiece.class.getName());

    /** What one copy takes at most: while it is copied the host fills, or empties, another piece. */
    static final long BYTES_MAX = 4L << 20;

    private static final long BYTES_MIN = 64L << 10;
    /** Of what is handed out. */
    static final long ALIGNMENT = 64;

    private final CudaDevice device;
    private final CudaEvent copied;
    private @Nullable Arena arena;
    private MemorySegment memory = MemorySegment.NULL;
    private final List<Runnable> actions = new ArrayList<>();
    private long taken;

    PinnedPiece(CudaDevice device) {
        this.device = device;
        this.copied = device.createEvent();
    }

    boolean isEmpty() {
        return taken == 0;
    }

    boolean hasRoom(long bytes) {
        return taken + bytes <= memory.byteSize();
    }

    /** Grows while it is empty, so that it has room for so many bytes. */
    void reserve(long bytes) {
        if (bytes > memory.byteSize()) {
            grow(bytes);
        }
    }

    /** Some of the room, aligned for every kind of number. */
    MemorySegment take(long bytes) {
        MemorySegment part = memory.asSlice(taken, bytes);
        taken = Math.min(memory.byteSize(), Math.ceilDiv(taken + bytes, ALIGNMENT) * ALIGNMENT);
        return part;
    }

    /** What the host does when the copies have ended. */
    void then(Runnable action) {
        actions.add(action);
    }

    /** What was to be done is not done. */
    void forget() {
        actions.clear();
    }

    /** All copies with it have been given. */
    void given(CudaStream stream) {
        stream.record(copied);
    }

    /** Waits for the copies that were {@link #given}. */
    void await() {
        copied.synchronize();
        ended();
    }

    /** All copies with it have ended: it is empty again. */
    void ended() {
        actions.forEach(Runnable::run);
        actions.clear();
        taken = 0;
    }

    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    private void grow(long bytes) {
        freeMemory();
        long rounded = Math.max(BYTES_MIN, 2 * Long.highestOneBit(bytes - 1));
        Arena wanted = Arena.ofShared();
        arena = wanted;
        try {
            memory = device.allocatePinned(wanted, rounded);
        } catch (CudaException e) {
            if (e.isFatal()) {
                throw e;
            }
            // Copies with ordinary memory are slower, and as correct: the driver waits where it has to.
            LOG.log(System.Logger.Level.DEBUG, "copies go through memory that is not pinned bytes={0}", rounded, e);
            memory = wanted.allocate(rounded, ALIGNMENT);
        }
    }

    private void freeMemory() {
        memory = MemorySegment.NULL;
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }

    /** After the copies. */
    @Override
    public void close() {
        freeMemory();
        copied.close();
    }
}
