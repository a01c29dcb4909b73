package corolla.kernels.cpu.machine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What this machine can run, and memory that it runs. */
final class Machine {
    private static final System.Logger LOG = System.getLogger(Machine.class.getName());
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
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
        try {
            return Libc.map((code.length + PAGE - 1) / PAGE * PAGE).filter(memory -> {
                MemorySegment.copy(MemorySegment.ofArray(code), 0, memory, 0, code.length);
                return Libc.makeExecutable(memory);
            });
        } catch (LinkageError e) { // the Vector API does the same work
            LOG.log(System.Logger.Level.DEBUG, "no executable memory", e);
            return Optional.empty();
        }
    }
}
