package corolla.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Planes of some rows in the host's memory, on their way to the device. */
record PlaneMemory(MemorySegment codes, MemorySegment high, MemorySegment scales, MemorySegment outer) {

    static PlaneMemory allocate(Arena arena, PlaneFormat format, long rows) {
        return new PlaneMemory(
                arena.allocate(rows * format.codes(), 16),
                arena.allocate(rows * format.high(), 16),
                arena.allocate(rows * format.scales(), 16),
                arena.allocate(rows * format.outer(), 16));
    }
}
