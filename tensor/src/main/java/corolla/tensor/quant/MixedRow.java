package corolla.tensor.quant;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * One row of activations as LLM.int8 multiplies it with {@link corolla.tensor.DType#INT8} weights: features of at least
 * {@link #OUTLIER} stay floats, the rest are scale · q with q from -127 to 127. The product with a row of weights d·w is
 *
 * <pre>d · (scale · Σ q·w + Σ outlier·w)</pre>
 *
 * <p>with the first sum in integers, the second in floats by ascending column, one fused multiply-add each, and the scale's
 * product and the outer sum fused too: so every kernel gives the same bits, for every batch. What is no number, or infinite, is an
 * outlier. Confined; {@link #split} overwrites.
 */
public final class MixedRow {
    /** LLM.int8, §3.2: magnitudes from which features are multiplied in floats. */
    public static final float OUTLIER = 6;

    private static final int LARGEST = 127;

    /** More columns might not fit the integer sum: 127² · 2^17 is less than 2^31. */
    public static final int COLUMNS_MAX = 1 << 17;

    private final byte[] numbers;
    private final int[] outlierColumns;
    private int outlierCount;
    private float scale;

    /** For rows of so many columns. */
    public MixedRow(int columns) {
        if (columns > COLUMNS_MAX) {
            throw new IllegalArgumentException(columns + " columns of int8 products, at most " + COLUMNS_MAX);
        }
        this.numbers = new byte[columns];
        this.outlierColumns = new int[columns];
    }

    /** Takes apart the f32 row at byte {@code offset}. */
    public void split(MemorySegment x, long offset) {
        outlierCount = 0;
        float largest = 0;
        for (int k = 0; k < numbers.length; k++) {
            float magnitude = Math.abs(value(x, offset, k));
            if (magnitude < OUTLIER) {
                largest = Math.max(largest, magnitude);
            } else {
                outlierColumns[outlierCount++] = k;
            }
        }
        scale = scale(largest);
        float inverse = inverse(largest);
        for (int k = 0; k < numbers.length; k++) {
            float value = value(x, offset, k);
            numbers[k] = (byte) (Math.abs(value) < OUTLIER ? Math.rint(value * inverse) : 0);
        }
    }

    private static float value(MemorySegment x, long offset, int k) {
        return x.get(Tensor.FLOAT, offset + (long) Float.BYTES * k);
    }

    /** What a row's numbers are multiplied by whose largest magnitude, outliers aside, is this. */
    public static float scale(float largest) {
        return largest / LARGEST;
    }

    /** What its elements are multiplied by, then rounded to even. Magnitudes that have no inverse count as zeros. */
    public static float inverse(float largest) {
        float inverse = LARGEST / largest;
        return Float.isFinite(inverse) ? inverse : 0;
    }

    /** q by column, 0 for outliers; live, do not change. */
    public byte[] numbers() {
        return numbers;
    }

    public float scale() {
        return scale;
    }

    public int outlierCount() {
        return outlierCount;
    }

    /** Column of an outlier; they ascend. */
    public int outlierColumn(int index) {
        return outlierColumns[index];
    }
}
