package corolla.kernels.cpu;

import corolla.kernels.cpu.onednn.GrowingMemory;
import corolla.kernels.cpu.vector.Int8Part;
import corolla.kernels.cpu.vector.MixedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Working memory of {@link Int8Products}: activations taken apart, and a strip of outputs on its way. Confined to who took it. */
final class Int8Scratch implements AutoCloseable {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** Columns of weights that are turned to floats once for all rows; outliers keep to few columns. */
    private static final int COLUMNS_MAX = 128;

    private final MixedRows rows = new MixedRows();
    private final GrowingMemory target = new GrowingMemory();
    private int[] sums = new int[0]; // (rows, width)
    private float[] scales = new float[0]; // (width), of weights
    private float[] results = new float[0]; // (width)
    private float[] columns = new float[0]; // (COLUMNS_MAX, width)
    private int[] columnOfSlot = new int[0];
    private int[] slotOfColumn = new int[0]; // -1: none
    private int slots;
    private int width;

    MixedRows rows() {
        return rows;
    }

    int[] sums() {
        return sums;
    }

    /** For oneDNN, any contents. */
    MemorySegment target(int count, int outputs) {
        return target.atLeast((long) Integer.BYTES * count * outputs);
    }

    /** Makes room for a strip of {@code outputs} of the rows taken apart, {@code count}. */
    void prepare(int count, int outputs, int inputs) {
        width = outputs;
        sums = sums.length < count * outputs ? new int[count * outputs] : sums;
        scales = scales.length < outputs ? new float[outputs] : scales;
        results = results.length < outputs ? new float[outputs] : results;
        slots = 0;
        if (count > 1 && rows.outlierCount() > 0) {
            chooseColumns(inputs);
        }
    }

    private void chooseColumns(int inputs) {
        slotOfColumn = slotOfColumn.length < inputs ? new int[inputs] : slotOfColumn;
        Arrays.fill(slotOfColumn, 0, inputs, -1);
        columnOfSlot = columnOfSlot.length == 0 ? new int[COLUMNS_MAX] : columnOfSlot;
        columns = columns.length < COLUMNS_MAX * width ? new float[COLUMNS_MAX * width] : columns;
        for (int i = 0; i < rows.outlierCount() && slots < COLUMNS_MAX; i++) {
            int column = rows.outlierColumn(i);
            if (slotOfColumn[column] < 0) {
                slotOfColumn[column] = slots;
                columnOfSlot[slots++] = column;
            }
        }
    }

    /** Reads what all rows need of the weights of outputs {@code [strip, strip + outputs)}. */
    void readWeights(Int8Part part, long strip, int outputs) {
        part.scales(strip, outputs, scales);
        for (int slot = 0; slot < slots; slot++) {
            part.column(columnOfSlot[slot], strip, outputs, columns, slot * width);
        }
    }

    /**
     * Row i of the strip from its sums: (sum · scale + outliers) · scale of the weights; overwritten by the next call.
     *
     * @param from where the strip's sums begin among those of row i
     */
    float[] results(Int8Part part, int i, int from, long strip, int outputs) {
        Arrays.fill(results, 0, outputs, 0);
        for (int outlier = rows.outlierStart(i); outlier < rows.outlierStart(i + 1); outlier++) {
            int column = rows.outlierColumn(outlier);
            int slot = slots == 0 ? -1 : slotOfColumn[column];
            if (slot < 0) {
                part.addColumn(column, strip, outputs, rows.outlierValue(outlier), results);
            } else {
                addColumn(slot * width, rows.outlierValue(outlier), outputs);
            }
        }
        float scale = rows.scale(i);
        int at = i * width + from;
        for (int n = 0; n < outputs; n++) {
            results[n] = Math.fma((float) sums[at + n], scale, results[n]) * scales[n];
        }
        return results;
    }

    private void addColumn(int at, float value, int outputs) {
        for (int n = 0; n < outputs; n++) {
            results[n] = Math.fma(value, columns[at + n], results[n]);
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
