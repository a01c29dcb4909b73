package corolla.kernels.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Addresses of devices as segments: they have sizes and can be sliced, and the host can neither read nor write them, for their scope is
 * closed. Access throws {@link IllegalStateException}, where it would otherwise end the process. Stateless.
 */
public final class DeviceSegments {
    private static final MemorySegment ALL = all();

    private DeviceSegments() {}

    @SuppressWarnings("restricted") // nobody can read what has no scope
    private static MemorySegment all() {
        try (Arena closed = Arena.ofConfined()) {
            return MemorySegment.NULL.reinterpret(Long.MAX_VALUE, closed, null);
        }
    }

    /** A device's memory. Who allocated it knows how long it lives. */
    public static MemorySegment at(long address, long bytes) {
        return ALL.asSlice(address, bytes);
    }

    /** Whether the host cannot reach it: it is a device's, or was freed. */
    public static boolean isClosed(MemorySegment memory) {
        return !memory.scope().isAlive();
    }
}
