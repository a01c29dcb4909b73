package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** What Linux says of memory and Java does not. The first use throws a {@link LinkageError} where native access is forbidden. */
@SuppressWarnings("restricted") // four functions of libc
public final class Libc {
    private static final int READ_WRITE = 1 | 2;
    private static final int READ_EXECUTE = 1 | 4;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final int MADVISE_HUGE_PAGE = 14;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP =
            function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = function("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle MPROTECT = function("mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle MADVISE = function("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    private Libc() {}

    /** Zeroed memory of {@code bytes}, until {@link #unmap}; empty where the system gives none. */
    public static Optional<MemorySegment> map(long bytes) {
        try {
            MemorySegment memory = (MemorySegment)
                    MMAP.invokeExact(MemorySegment.NULL, bytes, READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            return memory.address() == -1 ? Optional.empty() : Optional.of(memory.reinterpret(bytes));
        } catch (Throwable e) { // the function throws nothing
            throw new IllegalStateException("mmap failed", e);
        }
    }

    /** Gives back what {@link #map} gave. */
    public static void unmap(MemorySegment memory) {
        try {
            int ignored = (int) MUNMAP.invokeExact(memory, memory.byteSize());
        } catch (Throwable e) { // the function throws nothing
            throw new IllegalStateException("munmap failed", e);
        }
    }

    /** Asks for pages of 2 MiB; a wish. */
    public static void wishHugePages(MemorySegment memory) {
        try {
            int ignored = (int) MADVISE.invokeExact(memory, memory.byteSize(), MADVISE_HUGE_PAGE);
        } catch (Throwable e) { // the function throws nothing
            throw new IllegalStateException("madvise failed", e);
        }
    }

    /** Makes memory executable and unwritable; false where the system forbids that. */
    static boolean makeExecutable(MemorySegment memory) {
        try {
            return (int) MPROTECT.invokeExact(memory, memory.byteSize(), READ_EXECUTE) == 0;
        } catch (Throwable e) { // the function throws nothing
            throw new IllegalStateException("mprotect failed", e);
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
    }
}
