package corolla.it.sim;

import corolla.base.time.Clock;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/** What a simulation takes of the real machine since the last look. Confined to one thread. */
final class Meter {
    private final Clock clock;
    private long wallNanos;
    private long cpuNanos;

    /**
     * Used since the look before.
     *
     * @param heapBytes after a collection, whose time counts for nothing
     * @param heapPeakBytes the most that was occupied, with what could have been collected
     */
    record Usage(long wallNanos, long cpuNanos, long heapBytes, long heapPeakBytes) {
        double wallSeconds() {
            return wallNanos / 1e9;
        }

        double cpuSeconds() {
            return cpuNanos / 1e9;
        }

        long heapMebibytes() {
            return heapBytes >> 20;
        }

        long heapPeakMebibytes() {
            return heapPeakBytes >> 20;
        }
    }

    /** @param clock the machine's own */
    Meter(Clock clock) {
        this.clock = clock;
        start();
    }

    Usage lap() {
        long wall = clock.nanoTime() - wallNanos;
        long cpu = processNanos() - cpuNanos;
        long peak = peakBytes();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long heap = runtime.totalMemory() - runtime.freeMemory();
        start();
        return new Usage(wall, cpu, heap, peak);
    }

    private void start() {
        wallNanos = clock.nanoTime();
        cpuNanos = processNanos();
        ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    private static long processNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long peakBytes() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }
}
