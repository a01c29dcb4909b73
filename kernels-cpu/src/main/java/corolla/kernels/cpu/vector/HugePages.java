package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Libc;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Memory for weights that are streamed, in pages of 2 MiB where Linux grants them: with pages of 4 KiB the prefetcher stops
 * at the end of each. An arena touches its memory before anybody can ask for such pages, hence {@code mmap}.
 */
@SuppressWarnings("restricted") // memory that the arena gives back
final class HugePages {
    private static final System.Logger LOG = System.getLogger(HugePages.class.getName());
    private static final long PAGE = 2L << 20;

    private HugePages() {}

    /** Zeroed memory that lives as long as {@code arena}; ordinary memory where it is small or the wish is not granted. */
    static MemorySegment allocate(Arena arena, long bytes) {
        if (bytes >= PAGE && System.getProperty("os.name").equals("Linux")) {
            Optional<MemorySegment> mapped = map(arena, bytes);
            if (mapped.isPresent()) {
                return mapped.get();
            }
        }
        return arena.allocate(bytes, Tensor.ALIGNMENT);
    }

    /** A copy that lives as long as {@code arena}. */
    static Tensor copy(Arena arena, Tensor tensor) {
        MemorySegment memory = allocate(arena, tensor.data().byteSize());
        memory.copyFrom(tensor.data());
        return new Tensor(memory, tensor.dtype(), tensor.shape());
    }

    private static Optional<MemorySegment> map(Arena arena, long bytes) {
        try {
            return Libc.map(bytes + PAGE)
                    .map(
                            raw -> { // some for alignment
                                long skipped = -raw.address() & PAGE - 1;
                                Libc.wishHugePages(raw.asSlice(skipped, bytes));
                                return raw.reinterpret(arena, Libc::unmap).asSlice(skipped, bytes);
                            });
        } catch (LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "no huge pages", e);
            return Optional.empty();
        }
    }
}
