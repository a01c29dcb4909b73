package corolla.kernels.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** A launch as the driver takes it: memory for one, which the driver copies from during the call. Confined; its memory lives in the arena. */
final class LaunchMemory {
    /** CUDA_KERNEL_NODE_PARAMS_v2 of {@code cuda.h}. */
    static final StructLayout NODE = MemoryLayout.structLayout(
            ADDRESS.withName("func"),
            JAVA_INT.withName("gridDimX"),
            JAVA_INT.withName("gridDimY"),
            JAVA_INT.withName("gridDimZ"),
            JAVA_INT.withName("blockDimX"),
            JAVA_INT.withName("blockDimY"),
            JAVA_INT.withName("blockDimZ"),
            JAVA_INT.withName("sharedMemBytes"),
            MemoryLayout.paddingLayout(4),
            ADDRESS.withName("kernelParams"),
            ADDRESS.withName("extra"),
            ADDRESS.withName("kern"),
            ADDRESS.withName("ctx"));

    private static final long FUNCTION = offset("func");
    private static final long GRID = offset("gridDimX");
    private static final long BLOCK = offset("blockDimX");
    private static final long ARGUMENTS = offset("kernelParams");

    private final MemorySegment words;
    private final MemorySegment pointers; // an argument each
    private final MemorySegment node;

    LaunchMemory(Arena arena) {
        this.words = arena.allocate(JAVA_LONG, Arguments.WORDS_MAX);
        this.pointers = arena.allocate(ADDRESS, Arguments.WORDS_MAX);
        this.node = arena.allocate(NODE); // zeros where nothing is written
    }

    private static long offset(String name) {
        return NODE.byteOffset(PathElement.groupElement(name));
    }

    /** Pointers to the arguments, until the next call. */
    MemorySegment arguments(Launch launch) {
        MemorySegment.copy(launch.words(), 0, words, JAVA_LONG, 0, launch.words().length);
        int[] starts = launch.starts();
        for (int i = 0; i < starts.length; i++) {
            pointers.setAtIndex(JAVA_LONG, i, words.address() + (long) Long.BYTES * starts[i]);
        }
        return pointers;
    }

    /** The launch as a node of a graph, until the next call. */
    MemorySegment node(Launch launch) {
        Grid grid = launch.grid();
        node.set(ADDRESS, FUNCTION, launch.function().handle());
        node.set(JAVA_INT, GRID, grid.x());
        node.set(JAVA_INT, GRID + 4, grid.y());
        node.set(JAVA_INT, GRID + 8, grid.z());
        node.set(JAVA_INT, BLOCK, grid.threads());
        node.set(JAVA_INT, BLOCK + 4, 1);
        node.set(JAVA_INT, BLOCK + 8, 1);
        node.set(ADDRESS, ARGUMENTS, arguments(launch));
        return node;
    }
}
