package corolla.kernels.cpu.vector;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Memory for weights that are streamed, in pages of 2 MiB where Linux grants them: with pages of 4 KiB the prefetcher stops
 * at the end of each. An arena touches its memory before anybody can ask for such pages, hence {@code mmap}.
 */
@SuppressWarnings("restricted") // three functions of libc
final class HugePages {
    private static final System.Logger LOG = System.getLogger(HugePages.class.getName());
    private static final long PAGE = 2L << 20;
    private static final int PROTECTION_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final int MADVISE_HUGE_PAGE = 14;
    private static final Linker LINKER = Linker.nativeLinker();

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
        long size = bytes + PAGE; // some for alignment
        try {
            MethodHandle mmap = function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            MethodHandle munmap = function("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
            MethodHandle madvise = function("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            MemorySegment raw = (MemorySegment)
                    mmap.invokeExact(MemorySegment.NULL, size, PROTECTION_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (raw.address() == -1) {
                return Optional.empty();
            }
            long start = (raw.address() + PAGE - 1) / PAGE * PAGE;
            int ignored = (int) madvise.invokeExact(MemorySegment.ofAddress(start), size - PAGE, MADVISE_HUGE_PAGE);
            MemorySegment whole = raw.reinterpret(size, arena, memory -> unmap(munmap, memory.address(), size));
            return Optional.of(whole.asSlice(start - raw.address(), bytes));
        } catch (Throwable e) { // of a method handle: nothing that these three throw is worth failing for
            LOG.log(System.Logger.Level.DEBUG, "no huge pages", e);
            return Optional.empty();
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
    }

    private static void unmap(MethodHandle munmap, long address, long size) {
        try {
            int ignored = (int) munmap.invokeExact(MemorySegment.ofAddress(address), size);
        } catch (Throwable e) {
            throw new IllegalStateException("munmap failed", e);
        }
    }
}
