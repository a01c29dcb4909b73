package corolla.model.block;

import corolla.model.family.AlibiConfig;
import corolla.model.family.AttentionConfig;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/**
 * Linear biases of every head for as many positions as were asked for so far. Thread-safe. Owns its memory; a table given
 * out stays valid until this is closed.
 */
final class AlibiTables implements AutoCloseable {
    private static final int POSITIONS_MIN = 256;

    private final KernelMemory memory;
    private final AttentionConfig attention;
    private final AlibiConfig alibi;
    private final Arena arena = Arena.ofShared();
    private Tensor table; // (heads, positions), guarded by this

    AlibiTables(KernelMemory memory, AttentionConfig attention, AlibiConfig alibi) {
        this.memory = memory;
        this.attention = attention;
        this.alibi = alibi;
        this.table = compute(POSITIONS_MIN);
    }

    /** A table for positions {@code [0, positions)} at least. Grows by doubling, so that old tables take no more than the last. */
    synchronized Tensor covering(int positions) {
        if (table.columns() < positions) {
            table = compute(Math.max(positions, 2 * table.columns()));
        }
        return table;
    }

    @Override
    public void close() {
        arena.close();
    }

    private Tensor compute(long positions) {
        return memory.filled(arena, biases -> fill(biases, positions), DType.F32, attention.heads(), positions);
    }

    private void fill(Tensor biases, long positions) {
        int heads = attention.heads();
        for (int head = 0; head < heads; head++) {
            for (int position = 0; position < positions; position++) {
                biases.setFloat(head * positions + position, alibi.bias(head, heads, position, attention.scale()));
            }
        }
    }
}
