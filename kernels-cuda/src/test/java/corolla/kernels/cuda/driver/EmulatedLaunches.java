package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What the emulated driver was given to launch.
 *
 * @param singles kernels that were launched by themselves
 * @param graphs that were launched
 * @param updates nodes of graphs that got other arguments
 * @param alive graphs that are, or how many more than before
 */
public record EmulatedLaunches(long singles, long graphs, long updates, long alive) {

    /** All since the process began. */
    @SuppressWarnings("restricted") // native access is what this class is for
    public static EmulatedLaunches soFar() {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcuda.so.1")
                .orElseThrow()
                .find("emulated_launches")
                .orElseThrow();
        MethodHandle launches =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, 4);
            launches.invokeExact(numbers);
            return new EmulatedLaunches(
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 0),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 1),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 2),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 3));
        } catch (Throwable e) {
            throw new AssertionError("emulated_launches could not be called", e);
        }
    }

    /** What has come since then. */
    public EmulatedLaunches since(EmulatedLaunches before) {
        return new EmulatedLaunches(
                singles - before.singles, graphs - before.graphs, updates - before.updates, alive - before.alive);
    }
}
