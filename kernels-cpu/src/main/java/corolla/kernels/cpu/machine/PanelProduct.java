package corolla.kernels.cpu.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The product of panels and some rows of activations, in machine code. A panel is 16 rows of weights, a lane of each vector a row: first the heads of all units,
 * then numbers in groups of 32 columns. Immutable and thread-safe.
 *
 * @param codes for one row of activations and for more, see {@link PanelCode}
 */
public record PanelProduct(List<MemorySegment> codes) {
    /** Rows of a panel. */
    public static final int LANES = 16;

    /** Rows of activations at once. */
    public static final int ROWS_MAX = PanelRegisters.ROWS_MAX;

    /** Bound when code is there to be called. */
    @SuppressWarnings("restricted") // the code is our own
    private static final class Call {
        static final MethodHandle HANDLE = Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(
                                ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.critical(true));
    }

    /** Takes the list over. */
    public PanelProduct {
        codes = List.copyOf(codes);
    }

    /** Assembles it; empty where this machine cannot run it. */
    public static Optional<PanelProduct> of(Heads heads, Numbers numbers) {
        if (!Machine.hasAvx512()) {
            return Optional.empty();
        }
        List<MemorySegment> codes = new ArrayList<>();
        for (int rows = 1; rows <= ROWS_MAX; rows++) {
            Optional<MemorySegment> code = Machine.executable(PanelCode.assemble(heads, numbers, rows));
            if (code.isEmpty()) {
                return Optional.empty();
            }
            codes.add(code.get());
        }
        return Optional.of(new PanelProduct(codes));
    }

    /**
     * Rows of activations, prepared: each is activations, scaled for the numbers; then what minimums are multiplied by; then room for a vector, and one for each
     * scale.
     *
     * @param at where the first begins in {@code values}
     * @param size of each
     * @param count from 1 to {@link #ROWS_MAX}
     */
    public record Rows(float[] values, int at, int size, int count) {}

    /**
     * Multiplies some tens of panels at most: the garbage collector waits meanwhile.
     *
     * @param panels {@code count} of them, outside the heap
     * @param units whose heads a panel has, not 0
     * @param groups whose numbers a panel has, not 0
     * @param out 16 for each panel, from {@code to} on, those of each row {@code outSize} after the last one's
     */
    public void multiply(
            MemorySegment panels, long count, long units, long groups, Rows rows, float[] out, int to, int outSize) {
        MemorySegment x = MemorySegment.ofArray(rows.values).asSlice(4L * rows.at);
        long written = 4L * outSize * (rows.count - 1) + 64 * count; // lies inside
        MemorySegment y = MemorySegment.ofArray(out).asSlice(4L * to, written);
        try {
            Call.HANDLE.invokeExact(
                    codes.get(rows.count - 1), panels, x, y, count, units, groups, 4L * rows.size, 4L * outSize);
        } catch (Throwable e) { // our code throws nothing
            throw new IllegalStateException("machine code failed", e);
        }
    }
}
