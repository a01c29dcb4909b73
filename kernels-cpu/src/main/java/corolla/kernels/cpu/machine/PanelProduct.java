package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The product of panels and one row of activations, in machine code. A panel is 16 rows, a lane of each vector a row: first the heads of all units, then
 * numbers in groups of 32 columns. Immutable and thread-safe.
 *
 * @param handle see {@link PanelCode}
 */
public record PanelProduct(MethodHandle handle) {
    /** Rows of a panel. */
    public static final int LANES = 16;

    /** Assembles it; empty where this machine cannot run it. */
    @SuppressWarnings("restricted") // the code is our own
    public static Optional<PanelProduct> of(Heads heads, Numbers numbers) {
        if (!Machine.hasAvx512()) {
            return Optional.empty();
        }
        FunctionDescriptor signature =
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        return Machine.executable(PanelCode.assemble(heads, numbers))
                .map(code -> new PanelProduct(
                        Linker.nativeLinker().downcallHandle(code, signature, Linker.Option.critical(true))));
    }

    /**
     * Multiplies some tens of panels at most: the garbage collector waits meanwhile.
     *
     * @param panels {@code count} of them, outside the heap
     * @param units whose heads a panel has, not 0
     * @param groups whose numbers a panel has, not 0
     * @param prepared from {@code at} on activations, scaled for the numbers; then what minimums are multiplied by; then room for a vector, and one for each scale
     * @param out 16 for each panel, from {@code to} on
     */
    public void multiply(
            MemorySegment panels, long count, long units, long groups, float[] prepared, int at, float[] out, int to) {
        MemorySegment x = MemorySegment.ofArray(prepared).asSlice(4L * at);
        MemorySegment y = MemorySegment.ofArray(out).asSlice(4L * to, 64 * count); // what is written lies inside
        try {
            handle.invokeExact(panels, x, y, count, units, groups);
        } catch (Throwable e) { // our code throws nothing
            throw new IllegalStateException("machine code failed", e);
        }
    }
}
