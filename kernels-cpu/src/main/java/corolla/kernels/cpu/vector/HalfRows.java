package corolla.kernels.cpu.vector;

import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** What bf16 and f16 rows share: an int lane holds an even column in its low half and the odd one after it in its high half. */
final class HalfRows {
    private HalfRows() {}

    /** Columns that whole vectors cover. */
    static int body(int columns) {
        return columns - columns % (2 * Lanes.COUNT);
    }

    /** Writes the body to {@code prepared[at...]}, times {@code factor}: a vector of even columns, then one of the odd ones after them. */
    static void split(MemorySegment x, long offset, int columns, float factor, float[] prepared, int at) {
        int body = body(columns);
        for (int k = 0; k < body; k += 2 * Lanes.COUNT) {
            for (int i = 0; i < Lanes.COUNT; i++) {
                prepared[at + k + i] = factor * x.get(Tensor.FLOAT, offset + 4L * (k + 2 * i));
                prepared[at + k + Lanes.COUNT + i] = factor * x.get(Tensor.FLOAT, offset + 4L * (k + 2 * i + 1));
            }
        }
    }
}
