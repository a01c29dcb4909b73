package corolla.model.block;

import corolla.model.family.RopeConfig;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;

/**
 * Cosines and sines for as many positions as were asked for so far. Thread-safe. Owns its memory; a table given out stays
 * valid until this is closed.
 */
final class RopeTables implements AutoCloseable {
    private static final int POSITIONS_MIN = 256;

    private final KernelMemory memory;
    private final RopeConfig config;
    private final Arena arena = Arena.ofShared();
    private RopeTable table; // guarded by this

    RopeTables(KernelMemory memory, RopeConfig config) {
        this.memory = memory;
        this.config = config;
        this.table = compute(POSITIONS_MIN);
    }

    /** A table for positions {@code [0, positions)} at least. Grows by doubling, so that old tables take no more than the last. */
    synchronized RopeTable covering(int positions) {
        if (table.positions() < positions) {
            table = compute(Math.toIntExact(Math.max(positions, 2 * table.positions())));
        }
        return table;
    }

    @Override
    public void close() {
        arena.close();
    }

    private RopeTable compute(int positions) {
        return new RopeTable(table(positions, Math::cos), table(positions, Math::sin), config.pairing());
    }

    /** Rounds frequencies and angles to f32 on the way, as the reference implementations do: at position 8,000 it shows. */
    private Tensor table(int positions, DoubleUnaryOperator function) {
        double[] frequencies = config.frequencies();
        float amplitude = (float) config.scaling().amplitude();
        int pairs = frequencies.length;
        Consumer<Tensor> fill = table -> {
            for (int position = 0; position < positions; position++) {
                for (int pair = 0; pair < pairs; pair++) {
                    float angle = position * (float) frequencies[pair];
                    float value = (float) function.applyAsDouble(angle);
                    table.setFloat((long) position * pairs + pair, amplitude * value);
                }
            }
        };
        return memory.filled(arena, fill, DType.F32, positions, pairs);
    }
}
