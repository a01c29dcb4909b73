package corolla.kernels.cuda.driver;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What has crossed the emulated bus.
 *
 * @param toDevice bytes
 * @param toHost bytes
 * @param waits times that somebody waited for a stream
 */
public record EmulatedTraffic(long toDevice, long toHost, long waits) {

    /** All since the process began. */
    @SuppressWarnings("restricted") // native access is what this class is for
    public static EmulatedTraffic soFar() {
        MemorySegment function = EmulatedCuda.libraries()
                .open("libcuda.so.1")
                .orElseThrow()
                .find("emulated_traffic")
                .orElseThrow();
        MethodHandle traffic =
                Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, 3);
            traffic.invokeExact(numbers);
            return new EmulatedTraffic(
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 0),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 1),
                    numbers.getAtIndex(ValueLayout.JAVA_LONG, 2));
        } catch (Throwable e) {
            throw new AssertionError("emulated_traffic could not be called", e);
        }
    }

    /** What has crossed since then. */
    public EmulatedTraffic since(EmulatedTraffic before) {
        return new EmulatedTraffic(toDevice - before.toDevice, toHost - before.toHost, waits - before.waits);
    }
}
