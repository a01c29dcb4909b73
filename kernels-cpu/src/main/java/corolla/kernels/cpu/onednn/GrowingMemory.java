package corolla.kernels.cpu.onednn;

import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Working memory outside the heap that grows to the largest size asked for. Confined to one user at a time, who closes it. */
public final class GrowingMemory implements AutoCloseable {
    private @Nullable Block block;

    /** Empty. */
    public GrowingMemory() {}

    private static final class Block {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;

        Block(long bytes) {
            this.memory = arena.allocate(bytes, Tensor.ALIGNMENT);
        }
    }

    /** Memory of at least so many bytes with any contents; what was given before is gone when it had to grow. */
    public MemorySegment atLeast(long bytes) {
        Block current = block;
        if (current == null || current.memory.byteSize() < bytes) {
            close();
            current = new Block(Math.max(bytes, Tensor.ALIGNMENT));
            block = current;
        }
        return current.memory;
    }

    @Override
    public void close() {
        if (block != null) {
            block.arena.close();
            block = null;
        }
    }
}
