package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one type of quantised weights lies in panels, see {@link PanelPart}, and how it is multiplied there. A panel's columns
 * come in units of whole groups; first come the heads of all units (scales and what belongs to them), then all numbers. The last unit may lack some of its
 * columns: their scales are zeros, their numbers are not there. Stateless.
 *
 * <p>A product takes two steps, {@link #heads} and {@link #dot}. Together they would be more than the compiler inlines into
 * one method, and vectors that cross a call are objects in the heap. For the same reason the columns of a loop's round are
 * written out in {@code dot}: that makes it too large to be inlined anywhere.
 */
interface PanelFormat {

    static Optional<PanelFormat> of(DType dtype) {
        return switch (dtype) {
            case Q8_0 -> Optional.of(new EightBitPanels());
            case Q4_0 -> Optional.of(new FourBitPanels());
            case Q4_1 -> Optional.of(new FourBitPanelsWithMinimum());
            case Q4_K -> Optional.of(KPanels.Q4);
            case Q5_K -> Optional.of(KPanels.Q5);
            case Q6_K -> Optional.of(new SixBitPanels());
            case MXFP4 -> Optional.of(new FloatingFourBitPanels());
            case NF4 -> Optional.of(new NormalFloatPanels());
            case F32, BF16, F16, F64, F8_E4M3, F8_E5M2, I8, U8, I16, I32, I64, BOOL, INT8 -> Optional.empty();
        };
    }

    /** {@link #heads} and {@link PanelNumbers#dot} in machine code, with the same bits; null where this machine or this type has none. */
    default @Nullable PanelProduct product() {
        return null;
    }

    /** Such a product, where this machine's vectors are those of its panels. */
    static @Nullable PanelProduct assemble(Heads heads, Numbers numbers) {
        return Lanes.COUNT == PanelProduct.LANES
                ? PanelProduct.of(heads, numbers).orElse(null)
                : null;
    }

    /** Columns of a unit. */
    int unitColumns();

    /** Vectors of a unit's head. */
    int headVectors();

    /** How the numbers lie. */
    PanelNumbers numbers();

    /**
     * Packs a row into a lane.
     *
     * @param heads where the panel's heads begin, for the lane
     * @param numbers where its numbers begin, for the lane
     */
    void pack(Tensor weights, long row, MemorySegment panels, long heads, long numbers);

    /**
     * Arranges activations for {@link PanelNumbers#dot}: {@code columns} of them, whole groups, and behind them their sums over
     * {@link #sumColumns}, where {@link #heads} wants them.
     */
    default void prepare(float[] x, int at, int columns) {
        if (sumFactor() != 0) {
            Sums.append(x, at, columns, sumColumns(), sumFactor());
        }
        Sums.scale(x, at, columns, numbers().factors());
    }

    /** What sums of activations are multiplied by beforehand: a number's offset, or what it takes to add a minimum. A power of two or its negative, or 0. */
    float sumFactor();

    /** Columns that have a sum of activations of their own; a scale's columns. */
    int sumColumns();

    /**
     * Decodes heads to floats, a vector each: first what a product adds for its offsets (minimums times sums of activations), then
     * a scale for each {@link #sumColumns}.
     *
     * @param x activations' sums from {@code sums} on
     */
    void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to);

    /** What {@link PanelNumbers#decode} adds to every number. */
    float shift();

    /**
     * Decodes the heads of runs {@code [from, to)} of {@link #sumColumns} each to two vectors: the scale, exactly, and the minimum
     * that is subtracted, zeros where a type has none.
     */
    void scales(MemorySegment w, long heads, int from, int to, float[] out);
}
