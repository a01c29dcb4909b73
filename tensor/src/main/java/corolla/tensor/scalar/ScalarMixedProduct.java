package corolla.tensor.scalar;

import corolla.tensor.Tensor;
import corolla.tensor.quant.MixedRow;
import java.lang.foreign.ValueLayout;

/** LLM.int8's product with all rows of x, written down as {@link MixedRow} says it. Confined to one call. */
final class ScalarMixedProduct {
    private final float[][] values;
    private final MixedRow[] rows;

    /** Takes apart x (n, inputs). */
    ScalarMixedProduct(Tensor x) {
        values = new float[Math.toIntExact(x.rows())][];
        rows = new MixedRow[values.length];
        for (int i = 0; i < rows.length; i++) {
            values[i] = x.slice(i, i + 1L).toFloats();
            rows[i] = new MixedRow(values[i].length);
            rows[i].split(x.data(), i * x.rowBytes());
        }
    }

    long outliers() {
        long count = 0;
        for (MixedRow row : rows) {
            count += row.outlierCount();
        }
        return count;
    }

    /** One row of x times an INT8 row of weights. */
    float product(long row, Tensor weights) {
        MixedRow x = rows[(int) row];
        byte[] numbers = weights.data().asSlice(0, weights.columns()).toArray(ValueLayout.JAVA_BYTE);
        int sum = 0;
        for (int k = 0; k < numbers.length; k++) {
            sum += x.numbers()[k] * numbers[k];
        }
        float floats = 0;
        for (int i = 0; i < x.outlierCount(); i++) {
            int k = x.outlierColumn(i);
            floats = Math.fma(values[(int) row][k], (float) numbers[k], floats);
        }
        float scale = weights.data().get(Tensor.FLOAT, weights.columns());
        return Math.fma((float) sum, x.scale(), floats) * scale;
    }
}
