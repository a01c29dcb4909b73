package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The product of panels and one row of activations, in machine code. Immutable and thread-safe.
 *
 * @param handle see {@link PanelCode}
 */
public record PanelProduct(MethodHandle handle) {

    /** Assembles it; empty where this machine cannot run it. */
    @SuppressWarnings("restricted") // the code is our own
    public static Optional<PanelProduct> of(PanelShape shape) {
        if (!Machine.hasAvx512()) {
            return Optional.empty();
        }
        FunctionDescriptor signature =
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
        return Machine.executable(PanelCode.assemble(shape))
                .map(code -> new PanelProduct(
                        Linker.nativeLinker().downcallHandle(code, signature, Linker.Option.critical(true))));
    }

    /**
     * Multiplies some tens of panels at most: the garbage collector waits meanwhile.
     *
     * @param panels {@code count} of them, outside the heap
     * @param headBytes of a panel, not 0
     * @param activations scaled for the numbers, from {@code at} on
     * @param sums where their sums by groups begin in {@code activations}
     * @param out 16 for each panel, from {@code to} on
     */
    public void multiply(
            MemorySegment panels,
            long count,
            long headBytes,
            float[] activations,
            int at,
            int sums,
            float[] out,
            int to) {
        MemorySegment x = MemorySegment.ofArray(activations);
        MemorySegment y = MemorySegment.ofArray(out).asSlice(4L * to, 64 * count); // what is written lies inside
        try {
            handle.invokeExact(panels, x.asSlice(4L * at), x.asSlice(4L * sums), y, count, headBytes);
        } catch (Throwable e) { // our code throws nothing
            throw new IllegalStateException("machine code failed", e);
        }
    }

    /**
     * Multiplies one panel of {@link PanelShape.Heads#DECODED}.
     *
     * @param panels outside the heap
     * @param panel where it begins
     * @param numbers where its numbers begin
     * @param groups not 0
     * @param heads where in {@code activations} the vector that is added and the scales of all groups begin
     * @param out 16 from {@code to} on
     */
    public void multiplyDecoded(
            MemorySegment panels,
            long panel,
            long numbers,
            long groups,
            float[] activations,
            int at,
            int heads,
            float[] out,
            int to) {
        MemorySegment x = MemorySegment.ofArray(activations);
        MemorySegment y = MemorySegment.ofArray(out).asSlice(4L * to, 64);
        long start = panels.address() + panel;
        try {
            handle.invokeExact(
                    panels.asSlice(numbers), x.asSlice(4L * at), x.asSlice(4L * heads), y, start, 64 * groups);
        } catch (Throwable e) { // our code throws nothing
            throw new IllegalStateException("machine code failed", e);
        }
    }
}
