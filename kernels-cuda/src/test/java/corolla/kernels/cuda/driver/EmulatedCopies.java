package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * How the emulated bus was used.
 *
 * @param ordinary bytes that were copied with memory that is not pinned
 * @param pieces copies between host and device
 * @param halts times that somebody waited for an event whose work had not ended
 */
public record EmulatedCopies(long ordinary, long pieces, long halts) {

    /** All since the process began. */
    @SuppressWarnings("restricted") // native access is what this class is for
    public static EmulatedCopies soFar() {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcuda.so.1")
                .orElseThrow()
                .find("emulated_copies")
                .orElseThrow();
        MethodHandle copies =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, 3);
            copies.invokeExact(numbers);
            return new EmulatedCopies(
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 0),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 1),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 2));
        } catch (Throwable e) {
            throw new AssertionError("emulated_copies could not be called", e);
        }
    }

    /** What has come since then. */
    public EmulatedCopies since(EmulatedCopies before) {
        return new EmulatedCopies(ordinary - before.ordinary, pieces - before.pieces, halts - before.halts);
    }
}
