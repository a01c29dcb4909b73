package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The product of rows of weights, four of them at a time, and one row of activations, in machine code. Immutable and thread-safe.
 *
 * @param code see {@link RowCode}
 */
public record RowProduct(MemorySegment code) {
    /** Times the sum of activations: by so much products of bytes are too large. */
    public static final int BYTES_SURPLUS = 128;

    /** Columns end with whole vectors. */
    public static final int VECTOR_BYTES = RowNumbers.VECTOR;

    /** Bound when code is there to be called. */
    @SuppressWarnings("restricted") // the code is our own
    private static final class Call {
        static final MethodHandle HANDLE = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(
                                ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.critical(true));
    }

    /** Assembles it; empty where this machine cannot run it. */
    public static Optional<RowProduct> of(RowNumbers numbers) {
        if (!Machine.hasAvx512() || !Machine.has(numbers.feature())) {
            return Optional.empty();
        }
        return Machine.executable(RowCode.assemble(numbers)).map(RowProduct::new);
    }

    /**
     * Multiplies some tens of rows at most: the garbage collector waits meanwhile.
     *
     * @param weights outside the heap, from the first run's first row on
     * @param runBytes from one of the four runs to the next
     * @param activations for all vectors of a row
     * @param out {@code rows} results of 32 bits of the first run; those of the others follow {@code outRunBytes} after each other
     * @param rows of each run, not 0
     * @param vectors of a row, not 0
     */
    public void multiply(
            MemorySegment weights,
            long runBytes,
            MemorySegment activations,
            MemorySegment out,
            long rows,
            long vectors,
            long outRunBytes) {
        MemorySegment written = out.asSlice(0, (RowNumbers.ROWS - 1) * outRunBytes + Float.BYTES * rows); // is there
        try {
            Call.HANDLE.invokeExact(code, weights, runBytes, activations, written, rows, vectors, outRunBytes);
        } catch (Throwable e) { // our code throws nothing
            throw new IllegalStateException("machine code failed", e);
        }
    }
}
