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

    /** Writes the body's even columns, then its odd ones, to {@code prepared[at...]}; the tail stays as it is. */
    static void split(MemorySegment x, long offset, int columns, float[] prepared, int at) {
        int half = body(columns) / 2;
        for (int i = 0; i < half; i++) {
            prepared[at + i] = x.get(Tensor.FLOAT, offset + 8L * i);
            prepared[at + half + i] = x.get(Tensor.FLOAT, offset + 8L * i + 4);
        }
    }
}
