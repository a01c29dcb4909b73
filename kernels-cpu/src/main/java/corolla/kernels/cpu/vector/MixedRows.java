package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import corolla.tensor.quant.MixedRow;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Several rows of activations as {@link MixedRow} takes them apart, with the same bits. Grows to what was needed. Confined to who
 * took its scratch.
 */
public final class MixedRows {
    private static final float OUTLIER = MixedRow.OUTLIER;

    /** Added and taken away again it rounds floats below 2^22 to the nearest integer, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    private float[] numbers = new float[0];
    private byte[] bytes = new byte[0]; // the same numbers
    private int[] sums = new int[0]; // of a row's numbers
    private float[] scales = new float[0];
    private int[] outlierStarts = new int[1];
    private int[] outlierColumns = new int[0];
    private float[] outlierValues = new float[0];
    private int columns;
    private int rows;

    /** Empty. */
    public MixedRows() {}

    /** Takes apart rows {@code [from, from + count)} of x (n, columns). */
    public void split(Tensor x, long from, int count) {
        columns = Math.toIntExact(x.columns());
        rows = count;
        if (columns > MixedRow.COLUMNS_MAX) {
            throw new IllegalArgumentException(x + " has more columns than int8 sums hold, " + MixedRow.COLUMNS_MAX);
        }
        numbers = numbers.length < columns * count ? new float[columns * count] : numbers;
        bytes = bytes.length < columns * count ? new byte[columns * count] : bytes;
        sums = sums.length < count ? new int[count] : sums;
        scales = scales.length < count ? new float[count] : scales;
        outlierStarts = outlierStarts.length < count + 1 ? new int[count + 1] : outlierStarts;
        int outliers = 0;
        for (int row = 0; row < count; row++) {
            int at = row * columns;
            MemorySegment.copy(x.data(), Tensor.FLOAT, (from + row) * x.rowBytes(), numbers, at, columns);
            outlierStarts[row] = outliers;
            float largest = largest(at);
            if (largest < 0) {
                outliers = takeOutliers(at, outliers);
                largest = largest(at);
            }
            scales[row] = MixedRow.scale(largest);
            round(at, MixedRow.inverse(largest));
            sums[row] = toBytes(at);
        }
        outlierStarts[count] = outliers;
    }

    /** The largest magnitude of a row, or -1 when it has an outlier. */
    private float largest(int at) {
        FloatVector largest = FloatVector.zero(Lanes.F);
        VectorMask<Float> small = Lanes.F.maskAll(true);
        int end = at + columns - columns % Lanes.COUNT;
        for (int k = at; k < end; k += Lanes.COUNT) {
            FloatVector magnitude = FloatVector.fromArray(Lanes.F, numbers, k).abs();
            small = small.and(magnitude.compare(VectorOperators.LT, OUTLIER)); // not a number: not less
            largest = largest.max(magnitude);
        }
        float result = small.allTrue() ? largest.reduceLanes(VectorOperators.MAX) : -1;
        for (int k = end; k < at + columns && result >= 0; k++) {
            float magnitude = Math.abs(numbers[k]);
            result = magnitude < OUTLIER ? Math.max(result, magnitude) : -1;
        }
        return result;
    }

    /** Moves a row's outliers away; zeros stay in their place. */
    private int takeOutliers(int at, int outliers) {
        int count = outliers;
        for (int k = 0; k < columns; k++) {
            float value = numbers[at + k];
            if (!(Math.abs(value) < OUTLIER)) {
                if (count == outlierColumns.length) {
                    int size = Math.max(64, 2 * count);
                    outlierColumns = Arrays.copyOf(outlierColumns, size);
                    outlierValues = Arrays.copyOf(outlierValues, size);
                }
                outlierColumns[count] = k;
                outlierValues[count++] = value;
                numbers[at + k] = 0;
            }
        }
        return count;
    }

    private void round(int at, float inverse) {
        int end = at + columns - columns % Lanes.COUNT;
        for (int k = at; k < end; k += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.F, numbers, k)
                    .mul(inverse)
                    .add(ROUNDING)
                    .sub(ROUNDING)
                    .intoArray(numbers, k);
        }
        for (int k = end; k < at + columns; k++) {
            numbers[k] = (float) Math.rint(numbers[k] * inverse);
        }
    }

    /** Returns the sum, too. */
    private int toBytes(int at) {
        int sum = 0;
        for (int k = at; k < at + columns; k++) {
            int number = (int) numbers[k];
            bytes[k] = (byte) number;
            sum += number;
        }
        return sum;
    }

    /** q of all rows as bytes, row after row; live, do not change. */
    public byte[] bytes() {
        return bytes;
    }

    /** The sum of a row's q. */
    public int sum(int row) {
        return sums[row];
    }

    /** q of all rows as floats, row after row; live, do not change. */
    public float[] numbers() {
        return numbers;
    }

    public float scale(int row) {
        return scales[row];
    }

    /** A row's outliers have the indices from here to that of the next row. */
    public int outlierStart(int row) {
        return outlierStarts[row];
    }

    /** Of all rows. */
    public int outlierCount() {
        return outlierStarts[rows];
    }

    public int outlierColumn(int index) {
        return outlierColumns[index];
    }

    public float outlierValue(int index) {
        return outlierValues[index];
    }
}
