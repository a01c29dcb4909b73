package corolla.kernels.cuda.emulated;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Collections;

/** Functions of the emulated libraries that NVIDIA's do not have. */
@SuppressWarnings("restricted") // native access is what this class is for
public final class EmulatedCalls {
    private EmulatedCalls() {}

    /** Calls a function that takes whole numbers of 64 bits. */
    public static void set(String library, String function, long... numbers) {
        MemoryLayout[] all =
                Collections.nCopies(numbers.length, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new);
        Object[] arguments = new Object[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            arguments[i] = numbers[i];
        }
        call(library, function, FunctionDescriptor.ofVoid(all), arguments);
    }

    /** The numbers of 64 bits that a function writes to where its argument points. */
    public static long[] numbers(String library, String function, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_LONG, count);
            call(library, function, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS), numbers);
            return numbers.toArray(ValueLayout.JAVA_LONG);
        }
    }

    private static void call(String library, String function, FunctionDescriptor type, Object... arguments) {
        MemorySegment address = EmulatedCuda.libraries()
                .open(library)
                .orElseThrow()
                .find(function)
                .orElseThrow();
        MethodHandle handle = Linker.nativeLinker().downcallHandle(address, type);
        try {
            handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(function + " could not be called", e);
        }
    }
}
