package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What this machine can run, and memory that it runs. */
@SuppressWarnings("restricted") // two functions of libc
final class Machine {
    private static final System.Logger LOG = System.getLogger(Machine.class.getName());
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final int READ_WRITE = 1 | 2;
    private static final int READ_EXECUTE = 1 | 4;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final long PAGE = 4096;
    private static final Set<String> FEATURES = findFeatures();

    private Machine() {}

    /** Whether this is Linux on x86-64 with AVX-512, which the kernel lists only where it saves its registers. */
    static boolean hasAvx512() {
        return has("avx512f");
    }

    /** Whether the processor has what Linux calls so; nothing where this is not Linux on x86-64. */
    static boolean has(String feature) {
        return FEATURES.contains(feature);
    }

    private static Set<String> findFeatures() {
        if (!System.getProperty("os.arch").equals("amd64") || !Files.isReadable(PROCESSORS)) {
            return Set.of();
        }
        try (var lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> new HashSet<>(Arrays.asList(line.split(" "))))
                    .orElseGet(HashSet::new);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "processor unknown", e);
            return Set.of();
        }
    }

    /** A copy of {@code code} that can be called but no longer changed, for the life of the process; empty where the system forbids that. */
    static Optional<MemorySegment> executable(byte[] code) {
        long size = (code.length + PAGE - 1) / PAGE * PAGE;
        try {
            MethodHandle mmap = function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            MethodHandle mprotect = function("mprotect", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            MemorySegment memory = (MemorySegment)
                    mmap.invokeExact(MemorySegment.NULL, size, READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (memory.address() == -1) {
                return Optional.empty();
            }
            MemorySegment.copy(MemorySegment.ofArray(code), 0, memory.reinterpret(size), 0, code.length);
            int failed = (int) mprotect.invokeExact(memory, size, READ_EXECUTE);
            return failed == 0 ? Optional.of(memory) : Optional.empty();
        } catch (Throwable e) { // of a method handle: the Vector API does the same work
            LOG.log(System.Logger.Level.DEBUG, "no executable memory", e);
            return Optional.empty();
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().find(name).orElseThrow(),
                        FunctionDescriptor.of(result, arguments));
    }
}
